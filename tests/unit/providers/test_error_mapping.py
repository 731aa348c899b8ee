"""Whatever a provider sends becomes one of our errors."""

import inspect
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import errors as e
from bot.providers.error_codes import OTHERS, SILICONFLOW, VAGUE
from bot.providers.error_mapping import translate

# As SiliconFlow documents them: bodies of its reference page, and bodies that were seen.
SILICONFLOW_BODIES = [
    (400, '{"code":20012,"message":"Model does not exist. Please check it carefully.","data":null}', e.ModelGone, {}),
    (400, '{"code":20015,"message":"The parameter is invalid. Please check again."}', e.InvalidRequest, {}),
    (400, '{"code":20015,"message":"Field required"}', e.InvalidRequest, {}),
    (
        400,
        '{"code":20015,"message":"length of prompt_tokens (68957) must be less than max_seq_len (65536)."}',
        e.TooLong,
        {"limit": 65536},
    ),
    (
        400,
        '{"code":20015,"message":"Value error, current model does not support parameter `enable_thinking`."}',
        e.Unsupported,
        {"parameter": "enable_thinking"},
    ),
    (
        400,
        '{"code":20015,"message":"Value error, The `required` option for tool_choice is not yet supported."}',
        e.Unsupported,
        {"parameter": "tool_choice"},
    ),
    (400, '{"code":20024,"message":"Json mode is not supported"}', e.Unsupported, {"parameter": "response_format"}),
    (
        400,
        "{\"error\":\"'response_format.type' must be 'json_schema' or 'text'\"}",
        e.Unsupported,
        {"parameter": "response_format"},
    ),
    (400, '{"message":"width * height should not exceed 2073600"}', e.InvalidRequest, {}),
    (401, '"Invalid token"', e.KeyRefused, {}),
    (401, '"Api key is invalid"', e.KeyRefused, {}),
    (401, '{"code":30014,"message":"Token is invalid."}', e.KeyRefused, {}),
    (402, '{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}', e.BalanceGone, {}),
    (403, '{"code":30001,"message":"Sorry, your account balance is insufficient","data":null}', e.BalanceGone, {}),
    (403, '{"message":"Sorry, your account balance is insufficient"}', e.BalanceGone, {}),
    (402, "", e.BalanceGone, {}),
    (403, '"Forbidden"', e.ModelRefused, {}),
    (403, '{"code":30003,"message":"Model disabled.","data":null}', e.ModelGone, {}),
    (403, '{"code":30005,"message":"real name"}', e.AccountBarred, {}),
    (403, '{"code":30011,"message":"recharge"}', e.ModelRefused, {}),
    (404, '"404 page not found"', e.WrongAddress, {}),
    (404, '{"code":20063,"message":"gone"}', e.InvalidRequest, {}),
    (413, '{"code":20042,"message":"entity too large"}', e.TooLong, {}),
    (413, "<html>413</html>", e.TooLong, {}),
    (
        429,
        (
            '{"message":"Request was rejected due to rate limiting. If you want more, please contact '
            'contact@siliconflow.cn. Details:TPM limit reached.","data":null}'
        ),
        e.RateLimited,
        {"metric": "tpm", "retry_after": None},
    ),
    (429, '{"message":"Rejected. Details: RPM limit reached."}', e.RateLimited, {"metric": "rpm"}),
    (429, '{"message":"Request was rejected due to rate limiting"}', e.RateLimited, {"metric": None}),
    (429, '{"code":50604,"message":"IPM limit reached."}', e.RateLimited, {"metric": "ipm"}),
    (429, '{"code":50604,"message":"too fast"}', e.RateLimited, {"metric": "ipm"}),
    (
        429,
        '{"message":"RPD limit reached. Could only send 100 requests per day without real name verification."}',
        e.RateLimited,
        {"metric": "rpd"},
    ),
    (429, "<html>nginx</html>", e.RateLimited, {"metric": None}),
    (429, "", e.RateLimited, {}),
    (451, '{"code":20021,"message":"prohibited or sensitive content"}', e.Moderated, {}),
    (451, '"blocked"', e.Moderated, {}),
    (499, '{"code":60001,"message":"client closed"}', e.BrokenStream, {}),
    (499, "", e.BrokenStream, {}),
    (500, '{"code":50507,"message":"unknown error"}', e.ServerFault, {}),
    (500, '"model not found in a text that decides nothing here"', e.ServerFault, {}),
    (502, "<html>Bad Gateway</html>", e.ServerFault, {}),
    (503, '{"code":50505,"message":"Model service overloaded. Please try again later."}', e.Overloaded, {}),
    (503, '{"code":50603,"message":"System is really busy. Please try again later."}', e.Overloaded, {}),
    (503, "", e.Overloaded, {}),
    (504, '"upstream timed out"', e.TimedOut, {}),
    (504, "<html><h1>504 Gateway Time-out</h1></html>", e.TimedOut, {}),
    (524, "", e.TimedOut, {}),
    (408, "", e.TimedOut, {}),
    (302, "", e.WrongAddress, {}),
    (418, "[]", e.InvalidRequest, {}),
    (500, "\xff\xfe", e.ServerFault, {}),
    (200, '{"code":50505,"message":"overloaded"}', e.Overloaded, {}),
    (200, '{"code":20015,"message":"no"}', e.InvalidRequest, {}),
    (200, '{"message":"something else"}', e.BrokenStream, {}),
]


def inner(**fields: object) -> str:
    return json.dumps({"error": fields})


OTHER_BODIES = [
    # DeepSeek
    (401, inner(message="Authentication Fails", type="authentication_error", code=None), e.KeyRefused, {}),
    (402, inner(message="Insufficient Balance", type="unknown_error"), e.BalanceGone, {}),
    (400, inner(message="Model Not Exist", type="invalid_request_error"), e.ModelGone, {}),
    (422, inner(message="bad field", type="invalid_request_error"), e.InvalidRequest, {}),
    (
        400,
        inner(message="This model's maximum context length is 131072 tokens. However, you", code="x"),
        e.TooLong,
        {"limit": 131072},
    ),
    # Zhipu
    *[(401, inner(code=str(code), message="x"), e.KeyRefused, {}) for code in range(1000, 1005)],
    (429, inner(code="1113", message="arrears"), e.BalanceGone, {}),
    (400, inner(code="1211", message="no model"), e.ModelGone, {}),
    (400, inner(code="1261", message="long"), e.TooLong, {}),
    (400, inner(code="1301", message="x"), e.Moderated, {}),
    (429, inner(code="1302", message="x"), e.RateLimited, {}),
    (429, inner(code="1303", message="x"), e.RateLimited, {}),
    (429, inner(code="1304", message="x"), e.RateLimited, {"metric": "rpd"}),
    (429, inner(code="1305", message="x"), e.Overloaded, {}),
    (429, inner(code="1312", message="x"), e.Overloaded, {}),
    # DashScope
    (400, inner(code="data_inspection_failed", message="Input data may contain", type="x"), e.Moderated, {}),
    (400, inner(code="Arrearage", message="Access denied"), e.BalanceGone, {}),
    (
        400,
        inner(
            code="invalid_parameter_error",
            message="parameter.enable_thinking must be set to false for non-streaming calls",
        ),
        e.Unsupported,
        {"parameter": "enable_thinking"},
    ),
    (
        400,
        inner(code="invalid_parameter_error", message="Range of input length should be [1, 30720]"),
        e.TooLong,
        {"limit": 30720},
    ),
    (403, inner(code="Model.AccessDenied", message="Model access denied."), e.ModelRefused, {}),
    # Moonshot
    (429, inner(type="rate_limit_reached_error", message="max RPM: 3"), e.RateLimited, {"metric": "rpm"}),
    (429, inner(type="engine_overloaded_error", message="x"), e.Overloaded, {}),
    (429, inner(type="exceeded_current_quota_error", message="x"), e.BalanceGone, {}),
    (404, inner(type="resource_not_found_error", message="Not found the model x"), e.ModelGone, {}),
    (
        400,
        inner(type="invalid_request_error", message="Invalid request: Your request exceeded model token limit: 8192"),
        e.TooLong,
        {"limit": 8192},
    ),
    # OpenRouter
    (402, inner(code=402, message="Insufficient credits"), e.BalanceGone, {}),
    (403, inner(code=403, message="requires moderation. Your input was flagged", metadata={}), e.Moderated, {}),
    (404, inner(code=404, message="No endpoints found for x/y"), e.ModelGone, {}),
    (200, inner(code=502, message="Provider returned error"), e.ServerFault, {}),
    (200, inner(code=429, message="Provider returned error"), e.RateLimited, {}),
    # Groq
    (
        429,
        inner(code="rate_limit_exceeded", message="on tokens per minute (TPM): Limit 6000. Please try again in 5.2s."),
        e.RateLimited,
        {"metric": "tpm", "retry_after": 5.2},
    ),
    (429, inner(code="rate_limit_exceeded", message="try again in 2m3.5s"), e.RateLimited, {"retry_after": 123.5}),
    (429, inner(code="rate_limit_exceeded", message="try again in 450ms"), e.RateLimited, {"retry_after": 0.45}),
    (413, inner(code="rate_limit_exceeded", message="Request too large"), e.TooLong, {}),
    (400, inner(message="property 'top_k' is unsupported"), e.Unsupported, {"parameter": "top_k"}),
    # Ollama, vLLM, OpenAI
    (404, inner(message="model 'llama9' not found"), e.ModelGone, {}),
    (404, '{"error":"model \\"x\\" not found, try pulling it first"}', e.ModelGone, {}),
    (
        400,
        '{"object":"error","message":"maximum context length is 4096 tokens","type":"BadRequestError","code":400}',
        e.TooLong,
        {"limit": 4096},
    ),
    (
        400,
        inner(code="unsupported_parameter", message="Unsupported parameter: 'max_tokens' is not supported"),
        e.Unsupported,
        {"parameter": "max_tokens"},
    ),
    (429, inner(code="insufficient_quota", message="x"), e.BalanceGone, {}),
    (401, inner(code="invalid_api_key", message="x"), e.KeyRefused, {}),
    (529, inner(type="overloaded_error", message="x"), e.Overloaded, {}),
]


@pytest.mark.parametrize(("status", "body", "kind", "fields"), SILICONFLOW_BODIES + OTHER_BODIES)
def test_refusal_becomes_its_error(
    status: int, body: str, kind: type[e.UpstreamError], fields: dict[str, object]
) -> None:
    error = translate(status, body.encode("latin-1"))
    assert type(error) is kind
    assert error.status == status
    assert {name: getattr(error, name) for name in fields} == fields


# The provider's table of codes, row by row.
CODES: list[tuple[type[e.UpstreamError], dict[str, str], tuple[int, ...]]] = [
    (e.InvalidRequest, {}, (20011, 20013, 20014, 20015, 20016, 20017, 20018, 20019, 20020, 20022, 20023, 20025)),
    (e.InvalidRequest, {}, (20026, 20027, 20028, 20029, 20034, 20035, 20044, *range(20046, 20050))),
    (e.InvalidRequest, {}, (*range(20051, 20055), 20056, 20057, 20058, 20059, 20060, 20061, 20062, 20063, 20064)),
    (e.InvalidRequest, {}, (20065, *range(20067, 20081), 20082, 20083, 20084, 20085, 20086, 20087, 20088, 20089)),
    (e.ModelGone, {}, (20012, 30003)),
    (e.Moderated, {}, (20021,)),
    (e.Unsupported, {"parameter": "response_format"}, (20024,)),
    (e.Unsupported, {"parameter": "prefix"}, (20030, 20031, 20032, 20033)),
    (e.Unsupported, {"parameter": "stream"}, (20036,)),
    (e.Unsupported, {"parameter": "tools"}, (20037,)),
    (e.Unsupported, {"parameter": "completions"}, (20039,)),
    (e.Unsupported, {"parameter": "pictures"}, (20038, 20040, 20041, 20055)),
    (e.Unsupported, {"parameter": "n"}, (20066, 20081)),
    (e.TooLong, {}, (20042, 20043, 20045, 20050)),
    (e.BalanceGone, {}, (30001,)),
    (e.AccountBarred, {}, (30000, 30002, 30005, 30008, 30009, 30012)),
    (e.ModelRefused, {}, (30004, 30006, 30007, 30010, 30011, 30013)),
    (e.KeyRefused, {}, (30014,)),
    (e.RateLimited, {"metric": "rpm"}, (50601,)),
    (e.RateLimited, {"metric": "tpm"}, (50602,)),
    (e.RateLimited, {"metric": "ipm"}, (50604,)),
    (e.RateLimited, {"metric": "ipd"}, (50605,)),
    (e.RateLimited, {"metric": "rpd"}, (50606, 50608)),
    (e.RateLimited, {"metric": "rph"}, (50607,)),
    (e.Overloaded, {}, (50505, 50508, 50603)),
    (e.TimedOut, {}, (50501, 50504, 50506, 50509)),
    (e.ServerFault, {}, (50500, 50502, 50503, 50507, 50510, 60000, *range(60002, 60016))),
    (e.BrokenStream, {}, (60001,)),
]
DOCUMENTED = {
    *range(20011, 20090),
    *range(30000, 30015),
    *range(50500, 50511),
    *range(50601, 50609),
    *range(60000, 60016),
}


@pytest.mark.parametrize(
    ("code", "kind", "fields"), [(code, kind, fields) for kind, fields, codes in CODES for code in codes]
)
def test_code_means_the_same_whatever_the_text(code: int, kind: type[e.UpstreamError], fields: dict[str, str]) -> None:
    error = translate(200, {"code": code, "message": "", "data": None})
    assert type(error) is kind
    assert error.code == str(code)
    assert {name: getattr(error, name) for name in fields} == fields


def test_every_documented_code_has_a_row() -> None:
    rows = {int(code) for code in SILICONFLOW} | {20015}
    assert rows == DOCUMENTED
    assert "20015" in VAGUE
    assert sorted(code for _, _, codes in CODES for code in codes) == sorted(rows)


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_every_named_code_works_as_code_and_as_type(name: str) -> None:
    as_code = translate(400, {"error": {"code": name, "message": "x"}})
    as_type = translate(400, {"error": {"type": name, "message": "x"}})
    assert type(as_code) is type(as_type) is not e.InvalidRequest


# What to do about it
TREE = {
    e.KeyRefused: (e.AccountError, False, True),
    e.BalanceGone: (e.AccountError, False, True),
    e.AccountBarred: (e.AccountError, False, True),
    e.WrongAddress: (e.AccountError, False, True),
    e.ModelGone: (e.ModelError, False, True),
    e.ModelRefused: (e.ModelError, False, True),
    e.InvalidRequest: (e.RequestError, False, False),
    e.TooLong: (e.RequestError, False, False),
    e.Unsupported: (e.RequestError, False, True),
    e.Moderated: (e.RequestError, False, False),
    e.RateLimited: (e.ServiceError, True, True),
    e.Overloaded: (e.ServiceError, True, True),
    e.TimedOut: (e.ServiceError, True, True),
    e.ServerFault: (e.ServiceError, True, True),
    e.Unreachable: (e.ServiceError, True, True),
    e.BrokenStream: (e.ServiceError, True, True),
    e.PictureExpired: (e.ServiceError, True, True),
    e.UnsafeAddress: (e.ServerFault, False, True),
    e.NoAnswer: (e.BrokenStream, True, True),
    e.NoPicture: (e.BrokenStream, False, True),
}


def test_tree_is_complete_and_drawn_in_the_docstring() -> None:
    leaves = {kind for _, kind in inspect.getmembers(e, inspect.isclass) if issubclass(kind, e.UpstreamError)}
    assert leaves - {e.UpstreamError, e.AccountError, e.ModelError, e.RequestError, e.ServiceError} == set(TREE)
    assert all(f"── {kind.__name__}" in (e.__doc__ or "") for kind in TREE)


@pytest.mark.parametrize("kind", TREE)
def test_advice_of_an_error(kind: type[e.UpstreamError]) -> None:
    branch, retryable, falls_back = TREE[kind]
    assert issubclass(kind, branch)
    assert (kind().retryable, kind().falls_back) == (retryable, falls_back)


@pytest.mark.parametrize("kind", TREE)
def test_nothing_is_repeated_after_a_piece_was_shown(kind: type[e.UpstreamError]) -> None:
    error = kind(partial=True)
    assert not error.retryable
    assert not error.falls_back


def test_wait_comes_from_the_header_first_and_is_bounded() -> None:
    body = inner(code="rate_limit_exceeded", message="try again in 5s").encode()
    waits = [
        getattr(translate(429, body, retry_after=said), "retry_after", "?") for said in ("2", "1.5", "soon", "9" * 9)
    ]
    assert waits == [2.0, 1.5, 5.0, 86_400.0]


@pytest.mark.parametrize("secret", ["sk-abcdef123456", "gsk_abcdef123456", "sk-or-v1-00ff00ff", "Bearer abc.def"])
def test_detail_never_shows_a_key(secret: str) -> None:
    error = translate(401, inner(message=f"Incorrect API key provided: {secret}.").encode())
    assert secret.removeprefix("Bearer ") not in repr(error) + str(error) + error.detail


def test_own_key_is_struck_out_whatever_its_form() -> None:
    assert "id77.secret" not in translate(401, b'"unknown key id77.secret"', key="id77.secret").detail


def test_error_says_its_kind_and_numbers_only() -> None:
    error = translate(400, b'{"code":20012,"message":"what a person wrote"}')
    assert str(error) == "ModelGone 400/20012"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "code", "type", "message", "detail", "object"]), inside, max_size=4)
    ),
    max_leaves=10,
)


@given(status=st.integers(100, 999), body=st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()))
def test_any_answer_becomes_a_bounded_error(status: int, body: bytes) -> None:
    error = translate(status, body)
    assert len(error.detail) <= e.DETAIL_LIMIT
    assert "\n" not in error.detail
    assert len(str(error)) < 120
