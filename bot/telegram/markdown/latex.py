r"""Short formulas as text: ``\frac{a}{b} \le x^2`` becomes ``a/b ≤ x²``."""

import re
from collections.abc import Mapping

_SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ", "phi": "φ", "varphi": "φ",
    "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "hbar": "ℏ", "infty": "∞",
    "times": "×", "div": "÷", "cdot": "·", "ast": "∗", "star": "⋆", "circ": "∘", "pm": "±", "mp": "∓",
    "oplus": "⊕", "otimes": "⊗", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠",
    "approx": "≈", "sim": "∼", "simeq": "≃", "cong": "≅", "equiv": "≡", "propto": "∝", "ll": "≪", "gg": "≫",
    "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "supset": "⊃", "supseteq": "⊇",
    "cup": "∪", "cap": "∩", "setminus": "∖", "emptyset": "∅", "varnothing": "∅", "forall": "∀", "exists": "∃",
    "neg": "¬", "lnot": "¬", "land": "∧", "wedge": "∧", "lor": "∨", "vee": "∨", "to": "→", "rightarrow": "→",
    "leftarrow": "←", "gets": "←", "Rightarrow": "⇒", "implies": "⇒", "Leftarrow": "⇐", "iff": "⇔",
    "leftrightarrow": "↔", "Leftrightarrow": "⇔", "mapsto": "↦", "uparrow": "↑", "downarrow": "↓",
    "partial": "∂", "nabla": "∇", "sum": "∑", "prod": "∏", "int": "∫", "oint": "∮", "angle": "∠",
    "perp": "⊥", "parallel": "∥", "mid": "∣", "therefore": "∴", "because": "∵", "degree": "°", "prime": "′",
    "ldots": "…", "cdots": "⋯", "dots": "…", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "vert": "|", "Vert": "‖", "lVert": "‖", "rVert": "‖", "backslash": "\\",
    "quad": "  ", "qquad": "    ", ",": " ", ":": " ", ";": " ", " ": " ", "!": "",
    "{": "{", "}": "}", "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "|": "‖",
    "left": "", "right": "", "big": "", "Big": "", "bigl": "", "bigr": "", "Bigl": "", "Bigr": "",
    "displaystyle": "", "limits": "",
}  # fmt: skip
_FUNCTIONS = frozenset({
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "ln", "lg",
    "exp", "lim", "max", "min", "sup", "inf", "det", "dim", "ker", "gcd", "arg", "deg", "Pr", "mod", "bmod",
})  # fmt: skip
_UPRIGHT = frozenset({
    "text", "textrm", "textbf", "textit", "mathrm", "mathbf", "mathit", "mathsf", "mathcal", "mathscr", "operatorname",
    "boxed",
})  # fmt: skip
_DOUBLE_STRUCK = str.maketrans("CHNPQRZEF", "ℂℍℕℙℚℝℤ𝔼𝔽")
SUPERSCRIPTS = str.maketrans(
    "0123456789+-=()abcdefghijklmnoprstuvwxyzTABDEGHIJKLMNOPRUVWβγδθφχ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
)
SUBSCRIPTS = str.maketrans("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")

_TOKEN = re.compile(r"\\([A-Za-z]+)|\\(.)|(\s+)|(.)", re.DOTALL)
_LONGEST = 400
_DEEPEST = 12
_ATOM = re.compile(r"[\w.′∞]*")


class NotOneLineError(Exception):
    """Matrices, alignment and what else needs two dimensions."""


def readable(source: str) -> str | None:
    """The formula on one line; None when it is too long or needs more than a line to be read."""
    if len(source) > _LONGEST or "\\begin" in source or "\\\\" in source:
        return None
    try:
        text = _FormulaReader(source).until("")
    except NotOneLineError:
        return None
    return re.sub(r"\s+", " ", text).strip() or None


def shifted(text: str, letters: Mapping[int, int]) -> str | None:
    """``text`` raised or lowered by one of the tables above; None when a character has no such form."""
    return text.translate(letters) if text and all(ord(char) in letters for char in text) else None


class _FormulaReader:
    def __init__(self, source: str) -> None:
        self._tokens = list(_TOKEN.finditer(source))
        self._next = 0
        self._depth = 0

    def until(self, closing: str) -> str:
        """What stands before ``closing``, which is consumed; before the end of the source when it is empty."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotOneLineError
        out: list[str] = []
        while (token := self._take()) is not None and token[4] != closing:
            out.append(self._read(token))
        if token is None and closing:
            raise NotOneLineError
        self._depth -= 1
        return "".join(out)

    def _take(self) -> re.Match[str] | None:
        if self._next == len(self._tokens):
            return None
        self._next += 1
        return self._tokens[self._next - 1]

    def _read(self, token: re.Match[str]) -> str:
        if command := token[1] or token[2]:
            return self._command(command)
        match token[3] or token[4]:
            case "{":
                return self.until("}")
            case "^":
                return _script(self._argument(), "^", SUPERSCRIPTS)
            case "_":
                return _script(self._argument(), "_", SUBSCRIPTS)
            case "}" | "&":
                raise NotOneLineError
            case "~":
                return " "
            case "'":
                return "′"
            case other:
                return other

    def _argument(self) -> str:
        token = self._take()
        while token is not None and token[3]:
            token = self._take()
        if token is None:
            raise NotOneLineError
        return self._read(token)

    def _command(self, name: str) -> str:
        if name in _SYMBOLS:
            return _SYMBOLS[name]
        if name in _FUNCTIONS:
            return f" {name} "
        if name in _UPRIGHT:
            return self._argument()
        match name:
            case "mathbb":
                return self._argument().translate(_DOUBLE_STRUCK)
            case "frac" | "dfrac" | "tfrac":
                return f"{_grouped(self._argument())}/{_grouped(self._argument())}"
            case "sqrt":
                return f"√{_grouped(self._argument())}"
            case _:
                raise NotOneLineError


def _script(text: str, mark: str, letters: Mapping[int, int]) -> str:
    if text in {"∘", "°"} and mark == "^":
        return "°"
    if text == "′":
        return text
    return shifted(text.strip(), letters) or mark + _grouped(text)


def _grouped(text: str) -> str:
    return text if _ATOM.fullmatch(text) else f"({text.strip()})"
