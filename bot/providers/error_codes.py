"""What providers' codes and statuses mean: one table for each who numbers them in his own way."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from bot.domain import errors as e

Make = Callable[..., e.UpstreamError]


def _rows(make: Make, codes: Iterable[int | str]) -> dict[str, Make]:
    return {str(code): make for code in codes}


# The documented table of codes; 20000 is success and has no row.
SILICONFLOW: Mapping[str, Make] = {
    **_rows(e.InvalidRequest, (20011, 20013, 20014, 20016, 20017, 20018, 20019, 20020)),
    **_rows(e.InvalidRequest, (20022, 20023, 20025, 20026, 20027, 20028, 20029, 20034, 20035)),
    **_rows(e.InvalidRequest, (20044, *range(20046, 20050), *range(20051, 20055), 20059, 20061, 20062)),
    **_rows(e.InvalidRequest, (20056, 20057, 20058, 20060, 20063, 20064, 20065, *range(20067, 20081))),
    **_rows(e.InvalidRequest, (20082, 20083, 20084, 20085, 20086, 20087, 20088, 20089)),
    **_rows(e.ModelGone, (20012, 30003)),
    **_rows(e.Moderated, (20021,)),
    **_rows(partial(e.Unsupported, parameter="response_format"), (20024,)),
    **_rows(partial(e.Unsupported, parameter="prefix"), (20030, 20031, 20032, 20033)),
    **_rows(partial(e.Unsupported, parameter="stream"), (20036,)),
    **_rows(partial(e.Unsupported, parameter="tools"), (20037,)),
    **_rows(partial(e.Unsupported, parameter="completions"), (20039,)),
    **_rows(partial(e.Unsupported, parameter="pictures"), (20038, 20040, 20041, 20055)),
    **_rows(partial(e.Unsupported, parameter="n"), (20066, 20081)),
    **_rows(e.TooLong, (20042, 20043, 20045, 20050)),
    **_rows(e.BalanceGone, (30001,)),
    **_rows(e.AccountBarred, (30000, 30002, 30005, 30008, 30009, 30012)),
    **_rows(e.ModelRefused, (30004, 30006, 30007, 30010, 30011, 30013)),
    **_rows(e.KeyRefused, (30014,)),
    **_rows(partial(e.RateLimited, metric="rpm"), (50601,)),
    **_rows(partial(e.RateLimited, metric="tpm"), (50602,)),
    **_rows(partial(e.RateLimited, metric="ipm"), (50604,)),
    **_rows(partial(e.RateLimited, metric="ipd"), (50605,)),
    **_rows(partial(e.RateLimited, metric="rpd"), (50606, 50608)),
    **_rows(partial(e.RateLimited, metric="rph"), (50607,)),
    **_rows(e.Overloaded, (50505, 50508, 50603)),
    **_rows(e.TimedOut, (50501, 50504, 50506, 50509)),
    **_rows(e.ServerFault, (50500, 50502, 50503, 50507, 50510, 60000, *range(60002, 60016))),
    **_rows(e.BrokenStream, (60001,)),
}

# Codes and types of the ``error`` object: OpenAI's manner, Zhipu's four digits, DashScope, Moonshot, Groq, DeepSeek.
OTHERS: Mapping[str, Make] = {
    **_rows(e.KeyRefused, ("invalid_api_key", "invalid_authentication_error", "authentication_error", "InvalidApiKey")),
    **_rows(
        e.KeyRefused, ("API_KEY_INVALID", "UNAUTHENTICATED", "invalid_token", "token_not_found_in_db", "expired_key")
    ),
    **_rows(e.KeyRefused, (1000, 1001, 1002, 1003, 1004)),
    **_rows(e.BalanceGone, ("insufficient_quota", "exceeded_current_quota_error", "Arrearage", 1113)),
    **_rows(
        e.BalanceGone, ("insufficient_user_quota", "insufficient_balance", "insufficient_credits", "billing_error")
    ),
    **_rows(e.BalanceGone, ("billing_hard_limit_reached", "billing_not_active", "quota_exceeded", "budget_exceeded")),
    **_rows(e.BalanceGone, ("pre_consume_token_quota_failed", "AccountOverdueError", "insufficient_funds")),
    **_rows(e.AccountBarred, ("account_deactivated", "unsupported_country_region_territory", "FAILED_PRECONDITION")),
    **_rows(e.AccountBarred, ("organization_deactivated", "account_suspended")),
    **_rows(
        e.ModelGone, ("model_not_found", "model_decommissioned", "resource_not_found_error", "ModelNotFound", 1211)
    ),
    **_rows(e.ModelGone, ("invalid_model", "DeploymentNotFound", "model_not_available", "deprecated_model")),
    **_rows(e.ModelRefused, ("permission_denied_error", "Model.AccessDenied", "access_denied", 1220)),
    **_rows(e.TooLong, ("context_length_exceeded", "string_above_max_length", 1261)),
    **_rows(e.TooLong, ("exceed_context_size_error", "context_window_exceeded", "tokens_limit_reached")),
    **_rows(e.Moderated, ("content_filter", "data_inspection_failed", "DataInspectionFailed", 1301)),
    **_rows(e.Moderated, ("content_policy_violation", "moderation_blocked", "ResponsibleAIPolicyViolation")),
    **_rows(
        e.Moderated, ("content_moderation", "content_blocked", "prompt_blocked", "PROHIBITED_CONTENT", "nsfw_content")
    ),
    **_rows(e.Moderated, ("image_generation_user_error", "sexual_content", "SensitiveContentDetected", "bad_words")),
    **_rows(e.RateLimited, ("rate_limit_exceeded", "rate_limit_reached_error", "rate_limit_error")),
    **_rows(e.RateLimited, ("Throttling", "Throttling.RateQuota", "limit_requests", "limit_burst_rate", 1302, 1303)),
    **_rows(e.RateLimited, ("RESOURCE_EXHAUSTED", "too_many_requests", "concurrency_limit", "RateLimitExceeded")),
    **_rows(partial(e.RateLimited, metric="rpd"), (1304,)),
    **_rows(e.Overloaded, ("engine_overloaded_error", "overloaded_error", "server_overloaded", 1305, 1312)),
    **_rows(e.Overloaded, ("UNAVAILABLE", "service_unavailable", "ServerOverloaded", "no_available_channel")),
    **_rows(e.ServerFault, ("server_error", "api_error", "internal_error")),
    **_rows(e.TimedOut, ("timeout", "RequestTimeOut", "DEADLINE_EXCEEDED")),
}

# Of MiniMax's ``base_resp``, which comes with a status of 200; 0 is success.
MINIMAX: Mapping[str, Make] = {
    **_rows(e.ServerFault, (1000, 1013, 1024, 1033)),
    **_rows(e.TimedOut, (1001,)),
    **_rows(e.RateLimited, (1002, 1041, 2045)),
    **_rows(e.KeyRefused, (1004, 2049)),
    **_rows(e.BalanceGone, (1008, 2056)),
    **_rows(e.Moderated, (1026, 1027)),
    **_rows(e.TooLong, (1039,)),
    **_rows(e.InvalidRequest, (2013, 20132)),
}

# Codes and types that say that ``param`` names what is not taken.
ABOUT_A_PARAMETER = frozenset(
    {
        *("unsupported_parameter", "unknown_parameter", "unsupported_value", "extra_forbidden", "invalid_parameter"),
        *("unknown_field", "unrecognized_keys", "invalid_parameter_error", "parameter_not_supported"),
    }
)

# Codes that say less than the text beside them: asked after it.
VAGUE: Mapping[str, Make] = _rows(
    e.InvalidRequest, (20015, "invalid_request_error", "BadRequestError", "INVALID_ARGUMENT", "invalid_value")
)

# What can mean one thing only, whatever the text says.
DECISIVE: Mapping[int, Make] = {
    401: e.KeyRefused,
    402: e.BalanceGone,
    408: e.TimedOut,
    413: e.TooLong,
    429: e.RateLimited,
    451: e.Moderated,
    502: e.ServerFault,
    503: e.Overloaded,
    504: e.TimedOut,
    524: e.TimedOut,  # Cloudflare's own
    529: e.Overloaded,
}

# What the rest of a status means when nothing else did; other 4xx: InvalidRequest, 3xx: WrongAddress, 5xx: ServerFault.
PLAIN: Mapping[int, Make] = {
    200: e.BrokenStream,
    403: e.ModelRefused,
    404: e.WrongAddress,
    405: e.WrongAddress,
    499: e.BrokenStream,
}
