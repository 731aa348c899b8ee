"""A size that is asked for finds what comes nearest among those that a model draws."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.drawing.sizes import RequestedSize, fits, nearest, parse_size
from bot.providers.models import legacy_image_models, siliconflow

SIZED = {
    model.id: model.drawing
    for model in (*siliconflow(), *legacy_image_models())
    if model.drawing and model.drawing.sizes
}
KOLORS, Z_IMAGE = "Kwai-Kolors/Kolors", "Tongyi-MAI/Z-Image"
QWEN, SDXL = "Qwen/Qwen-Image", "stabilityai/stable-diffusion-xl-base-1.0"


@pytest.mark.parametrize(
    ("model", "text", "size"),
    [
        (KOLORS, "portrait", "960x1280"),
        (KOLORS, "9:16", "720x1280"),
        (KOLORS, "768X1024", "768x1024"),
        (KOLORS, "800x1066", "768x1024"),
        (KOLORS, "16:9", "1024x1024"),
        (Z_IMAGE, "landscape", "1024x576"),
        (Z_IMAGE, "横版", "1024x576"),
        (Z_IMAGE, "方形", "512x512"),
        (Z_IMAGE, "1280x720", "1280x720"),  # takes others, too
        (Z_IMAGE, "4000x4000", "512x512"),  # but not so large ones
        (Z_IMAGE, "2000x100", "1024x576"),  # nor such strips
        (QWEN, "４：３", "1472x1140"),
        (QWEN, "16:9", "1664x928"),
        (SDXL, "16:9", "2048x1152"),
        (SDXL, "square", "1024x1024"),
    ],
)
def test_nearest_size(model: str, text: str, size: str) -> None:
    wanted = parse_size(text)
    assert wanted is not None
    assert nearest(wanted, SIZED[model].sizes, SIZED[model].max_pixels) == size


@pytest.mark.parametrize(("size", "text", "right"), [
    ("1024x1024", "16:9", False),
    ("1664x928", "16:9", True),
    ("960x1280", "portrait", True),
    ("1024x1024", "portrait", False),
    ("1024x1024", "1024x1024", True),
    ("1024x1024", "1000x1000", False),
])  # fmt: skip
def test_fitting_is_judged_as_one_sees_it(size: str, text: str, right: bool) -> None:
    wanted = parse_size(text)
    assert wanted is not None
    assert fits(size, wanted) is right


_WISHES = st.one_of(
    st.builds(RequestedSize, st.integers(1, 9999), st.integers(1, 9999)),
    st.builds(RequestedSize, st.integers(1, 99_999), st.integers(1, 99_999), exact=st.just(True)),
    st.sampled_from(["portrait", "landscape", "square"]).map(lambda word: parse_size(word) or RequestedSize(1, 1)),
)


@given(_WISHES, st.sampled_from(sorted(SIZED)))
def test_every_requested_size_finds_one_that_the_model_takes(wanted: RequestedSize, model: str) -> None:
    drawing = SIZED[model]
    size = nearest(wanted, drawing.sizes, drawing.max_pixels)
    if size in drawing.sizes:
        return
    width, height = map(int, size.split("x"))
    assert drawing.max_pixels is not None
    assert width * height <= drawing.max_pixels


@given(_WISHES, st.sampled_from(sorted(SIZED)))
def test_no_other_size_is_clearly_nearer_by_ratio(wanted: RequestedSize, model: str) -> None:
    if wanted.shape:
        return
    sizes = SIZED[model].sizes
    away = {size: abs(math.log(int(size.split("x")[0]) / int(size.split("x")[1])) - wanted.ratio) for size in sizes}
    assert away[nearest(wanted, sizes)] <= min(away.values()) + 0.021


@given(st.text(max_size=20))
def test_any_text_is_a_size_or_none(text: str) -> None:
    wanted = parse_size(text)
    assert wanted is None or wanted.pixels > 0
