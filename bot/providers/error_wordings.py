"""What providers' sentences mean, in the languages that they are written in.

Each wording was met in a public report or in a server's source (2024 to 2026). Patterns are bounded, so that a long
text costs no more than its length.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Final, get_args

from bot.domain import errors as e
from bot.domain.model import Metric

Make = Callable[..., e.UpstreamError]

# Keys of a request that nobody names in a sentence without meaning them; and such as are words, meant in quotes alone.
_KEYS: Final = (
    *("temperature", "top_p", "top_k", "min_p", "frequency_penalty", "presence_penalty", "repetition_penalty"),
    *("stream_options", "enable_thinking", "thinking_budget", "reasoning_effort", "chat_template_kwargs"),
    *("response_format", "max_completion_tokens", "max_tokens", "tool_choice", "logprobs", "include_usage"),
)
_QUOTED_KEYS: Final = ("thinking", "reasoning", "tools", "stop", "seed", "n")
_NO_KEY: Final = r"(?:are|is|was|were|not|for|in|and|the|to|by|found|permitted|value|of|error|a|an)\b"
_KEY: Final = rf"[`'\"“「\[(]{{0,3}}(?P<parameter>(?!{_NO_KEY})[A-Za-z_][\w.]{{0,63}})"
_INSTEAD: Final = r"(?:[^\n]{0,200}?\buse [`'\"]?(?P<instead>\w{2,40})[`'\"]? instead)?"
_GREATEST: Final = r"max(?:imum)?(?: allowed)?(?: model)?(?: context| prompt| input| sequence)? ?(?:length|window|size)"
_WHAT_IS_SENT: Final = r"\b(?:prompt|inputs?|sequence|conversation|messages|request)\b(?![^\n]{0,60}\b(?:image|rate)\b)"
_STRANGE: Final = (
    r"(?:unknown|unrecognized|unexpected|invalid|unsupported|extra) "
    r"(?:request )?(?:parameter|argument|field|name|key|input)s?"
)
_LONG: Final = r"(?:exceeds?|exceeded|exceeding|too long|too large for|too big for|(?:longer|greater|larger) than)"

# The first kind of which a wording is found; a group that is named as a field of the error fills it.
_KINDS: Final[tuple[tuple[Make, tuple[str, ...]], ...]] = (
    (  # what may be too large beside the history
        e.Unsupported,
        (
            r"(?P<parameter>max_(?:completion_|output_|new_)?tokens)[`'\"]? (?:is|are) too (?:large|big|high)",
            r"range of (?P<parameter>max_tokens) should be",
        ),
    ),
    (e.RateLimited, (rf"\b(?:{'|'.join(get_args(Metric))}) limit reached",)),
    (
        partial(e.Unsupported, parameter="system"),
        (
            r"system (?:role|prompt|message|instruction)s?[^\n.]{0,40}not (?:be )?(?:supported|enabled|allowed)",
            r"system (?:role|prompt|message|instruction)s?[^\n.]{0,40}unsupported",
            r"not support[^\n.]{0,30}\b(?:system|developer) (?:role|prompt|message|instruction)",
            r"n[o']t support[^\n.]{0,30}\b(?:system|developer) (?:role|prompt|message|instruction)",
            r"developer instruction is not enabled",
            r"role[^\n]{0,20}does not support [`'\"](?:system|developer)",
            r"only [`'\"]?user\b[^\n]{1,12}\b(?:assistant|model)\b[^\n]{0,12} roles? (?:are|is) supported",
            r"conversation roles must alternate user",
            r"(?:invalid|unsupported|unknown) (?:message )?role:? [`'\"]?system",
            r"role[`'\"]? must be (?:one of|in)[^\n]{0,10}user[^\n]{0,20}assistant(?![^\n]{0,40}system)",
            r"不支持 ?system",
            r"system 角色(?:不|无)",
        ),
    ),
    (
        partial(e.Unsupported, parameter="stream"),
        (
            r"must be verified to stream",
            r"verif(?:y|ied)[^\n]{0,40}\bto stream",
            r"stream(?:ing)? (?:is|mode is) not (?:supported|allowed|enabled)",
            r"n[o']t support stream(?:ing)?\b",
            r"supports? non-?stream",
            r"不支持流式",
        ),
    ),
    (
        e.TooLong,
        (
            r"max_seq_len \(\d",
            r"max_num_tokens \(\d",
            r"exceeded model token limit",
            r"range of input length should be",
            rf"{_GREATEST} (?:is|of) \d",
            r"reduce the length of",
            r"prompt is too long",
            r"too many (?:input |prompt )?tokens",
            r"contextwindowexceeded",
            r"context (?:length|window|size)[^\n]{0,40}(?:exceed|overflow|too|only \d)",
            r"exceed[^\n]{0,60}\bcontext\b",
            r"context the overflows",
            r"tokens to keep from the initial prompt",
            r"(?:context|token)_(?:length|limit)_exceeded",
            r"input token count",
            rf"\btokens?\b[^\n]{{0,40}}\b{_LONG}\b",
            r"tokens? (?:count )?exceeds? the (?:maximum|model)",
            r"exceeds? (?:the )?max(?:imum)? (?:message )?tokens",
            rf"{_WHAT_IS_SENT}[^\n]{{0,80}}\b{_LONG}\b",
            r"inputs?`?[^\n]{0,40}must (?:have less|be <=)",
            r"sum of prompt length",
            r"larger than the context size",
            r"(?:超过|超出|大于|超)[^\n]{0,20}(?:长度|上下文|tokens?)",
            r"(?:上下文|输入|提示词|prompt|内容)[^\n]{0,8}(?:过长|超长|太长)",
            r"слишком длинн",
            r"превыша\w{1,6} [^\n]{0,30}(?:контекст|длин)",
            r"demasiado larg",
            r"trop long",
            r"zu lang\b",
            r"コンテキスト長",
            r"長すぎ",
            r"너무 깁니다",
        ),
    ),
    (
        e.Unsupported,
        (
            rf"unsupported (?:parameter|value)s?:? {_KEY}{_INSTEAD}",
            rf"n[o']t support (?:the )?param(?:eter)?s?:? {_KEY}{_INSTEAD}",
            rf"{_STRANGE}(?: supplied| found| provided)?:? {_KEY}",
            rf"additional properties are not allowed:? {_KEY}",
            r"unexpected keyword argument [`'\"](?P<parameter>\w{1,64})",
            r"option for (?P<parameter>\w{1,64}) is not yet supported",
            r"property [`'\"]+(?P<parameter>\w{1,64})[`'\"]+ is unsupported",
            r"(?P<parameter>enable_thinking)",
            r"(?P<parameter>response_format)",
        ),
    ),
    (
        e.BalanceGone,
        (
            r"insufficient[_ ](?:balance|credits?|quota|funds|user[_ ]quota)",
            r"balance is (?:insufficient|not enough|too low)",
            r"exceeded your current quota",
            r"credit balance is too low",
            r"out of (?:credits|quota)",
            r"payment required",
            r"not enough (?:credits|balance|quota)",
            r"billing (?:hard )?limit",
            r"budget has been exceeded|key limit exceeded",
            r"余额(?:不足|已用完|为 ?0)|欠费|额度(?:不足|已用[完尽])",
            r"недостаточно средств",
            r"saldo insuficiente",
            r"solde insuffisant",
            r"残高",
            r"잔액",
        ),
    ),
    (
        e.KeyRefused,
        (
            r"api[ _-]?key[^\n]{0,30}(?:not valid|invalid|expired|incorrect|not found)",
            r"(?:invalid|incorrect|expired|unknown) api[ _-]?key",
            r"authenticationerror|authentication fail",
            r"(?:令牌|密钥|token|key)[^\n]{0,6}(?:无效|过期|不正确)|无效的(?:令牌|密钥)|(?:鉴权|认证)失败",
        ),
    ),
    (
        e.ModelGone,
        (
            r"\bmodel\b[^\n]{0,120}\b(?:not found|(?:does )?not exist|no longer available|decommissioned|retired)",
            r"no endpoints found for",
            r"\bmodels?/[\w.:-]{1,100} is not found",
            r"not (?:a )?valid model",
            r"(?:invalid|unknown|unsupported) model\b",
            r"no such model|model_not_found|not found the model",
            r"no available channel for model",
            r"model is not (?:available|supported)",
            r"模型[^\n]{0,40}(?:不存在|未找到|已下线|已停用|找不到)|无效的模型|无可用渠道",
            r"модель [^\n]{0,60}не найдена",
            r"modelo [^\n]{0,60}no existe",
        ),
    ),
    (
        e.Moderated,
        (
            r"content exists risk",
            r"input was flagged|requires moderation|flagged (?:as|by|for)",
            r"data_inspection_failed",
            r"content[_ -]?(?:policy|filter|management)",
            r"contentpolicyviolation",
            r"safety system|responsible ai|usage guidelines|nsfw",
            r"(?:violat|inappropriate|prohibited|sensitive)[^\n]{0,40}(?:polic|content|guideline)",
            r"blocked by[^\n]{0,20}(?:safety|moderation|filter)",
            r"敏感|违规|不合规|风险内容|内容安全|审核(?:未|不)",
            r"недопустим",
        ),
    ),
    (
        e.Overloaded,
        (
            r"overloaded|really busy|at capacity|over capacity",
            r"model is (?:currently )?loading",
            r"(?:服务|系统)繁忙|负载|过载",
        ),
    ),
    (
        e.RateLimited,
        (
            r"rate.?limit|too many requests",
            r"(?:频率|并发|速率)[^\n]{0,10}(?:限制|超|过)|请求过于频繁|限流",
        ),
    ),
    (  # a key that is named at all, whatever is said of it
        e.Unsupported,
        (
            rf"(?<![\w-])(?P<parameter>{'|'.join(_KEYS)})(?![\w-])",
            rf"[`'\"](?P<parameter>{'|'.join(_QUOTED_KEYS)})[`'\"]",
        ),
    ),
)
TEXTS: Final = tuple((re.compile(wording, re.IGNORECASE), make) for make, wordings in _KINDS for wording in wordings)

_SIZE: Final = r"(\d{2,9})"
# How many tokens a model takes, in the sentences that say that there were more.
LIMITS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"max_(?:seq_len|num_tokens) ?[(=] ?{_SIZE}",
        rf"{_GREATEST}(?: is| of|:)? \(?{_SIZE}",
        rf"{_SIZE} (?:tokens? )?(?:maximum|max) context length",
        rf"context (?:length|size|window)[^\d\n]{{0,24}}\(?{_SIZE}",
        rf"token limit: {_SIZE}",
        rf"> {_SIZE} maximum",
        rf"tokens allowed \({_SIZE}\)",
        rf"should be \[\d{{1,9}}, {_SIZE}\]",
        rf"must be <= {_SIZE}",
        rf"(?:less than|cannot exceed|limit(?: is| of)?:?|at most|max(?:imum)?(?: size)?:?) ?{_SIZE}",
        rf"(?:不能超过|最大(?:长度)?(?:为|是)?) ?{_SIZE}",
    )
)
# How many of them are the prompt's, where the rest is what the answer may have.
PROMPTS: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\d{1,9})(?: tokens)? (?:in|from) the (?:messages|prompt|input)",
        r"(?:passed|has|contains) (\d{1,9}) input tokens",
        r"(\d{1,9}) of text input",
        r"given: (\d{1,9}) `?inputs`? tokens",
    )
)
