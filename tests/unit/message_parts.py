"""Parts of messages of every kind, as strategies."""

from hypothesis import strategies as st

from bot.domain.message import (
    AudioPart,
    DocumentPart,
    FileReference,
    MessagePart,
    PicturePart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)

words = st.text(max_size=12)
_names = st.text(max_size=6)
_ids = st.sampled_from(["1", "2", "3"])  # few, so that calls meet their results
_counts = st.integers(0, 2**53)


def files(data: st.SearchStrategy[bytes | None]) -> st.SearchStrategy[FileReference]:
    kinds = st.sampled_from(["image/png", "image/jpeg", "audio/wav", "audio/mpeg", "audio/ogg", "text/plain"])
    return st.builds(
        FileReference, kinds, data, st.none() | _names, st.none() | _names, st.none() | _counts, name=_names
    )


def parts(data: st.SearchStrategy[bytes | None]) -> st.SearchStrategy[MessagePart]:
    """Of files with these bytes."""
    sizes = st.none() | st.tuples(st.integers(1, 9_999), st.integers(1, 9_999))
    return st.one_of(
        st.builds(TextPart, words),
        st.builds(PicturePart, files(data), sizes, words),
        st.builds(AudioPart, files(data), st.none() | st.floats(0, 1e6), words),
        st.builds(DocumentPart, files(data), words),
        st.builds(ToolCallPart, _ids, _names, st.sampled_from(["{}", '{"a": 1}', "{", "[]", ""])),
        st.builds(ToolResultPart, _ids, _names, words),
    )
