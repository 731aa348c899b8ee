"""The commands of LaTeX that stand for a character or a word of plain text."""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


SYMBOLS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν",
    "xi": "ξ", "pi": "π", "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ",
    "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω", "ell": "ℓ", "hbar": "ℏ", "infty": "∞", "Re": "ℜ", "Im": "ℑ", "aleph": "ℵ", "imath": "ı",
    "times": "×", "div": "÷", "cdot": "·", "centerdot": "·", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "•",
    "pm": "±", "mp": "∓", "oplus": "⊕", "ominus": "⊖", "otimes": "⊗", "odot": "⊙", "leq": "≤", "le": "≤",
    "leqslant": "≤", "leqq": "≤", "geq": "≥", "ge": "≥", "geqslant": "≥", "geqq": "≥", "neq": "≠", "ne": "≠",
    "lt": "<", "gt": ">", "nless": "≮", "ngtr": "≯", "approx": "≈", "thickapprox": "≈", "sim": "∼", "thicksim": "∼",
    "simeq": "≃", "cong": "≅", "equiv": "≡", "propto": "∝", "varpropto": "∝", "ll": "≪", "gg": "≫", "asymp": "≍",
    "prec": "≺", "succ": "≻", "preceq": "⪯", "succeq": "⪰", "doteq": "≐", "triangleq": "≜", "coloneqq": "≔",
    "in": "∈", "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "subsetneq": "⊊", "subsetneqq": "⊊",
    "supset": "⊃", "supseteq": "⊇", "supsetneq": "⊋", "nsubseteq": "⊈", "cup": "∪", "cap": "∩", "bigcup": "⋃",
    "bigcap": "⋂", "setminus": "∖", "smallsetminus": "∖", "emptyset": "∅", "varnothing": "∅", "complement": "∁",
    "forall": "∀", "exists": "∃", "nexists": "∄", "neg": "¬", "lnot": "¬", "land": "∧", "wedge": "∧", "lor": "∨",
    "vee": "∨", "bigwedge": "⋀", "bigvee": "⋁", "top": "⊤", "bot": "⊥", "vdash": "⊢", "models": "⊨", "to": "→",
    "rightarrow": "→", "longrightarrow": "⟶", "leftarrow": "←", "longleftarrow": "⟵", "gets": "←",
    "Rightarrow": "⇒", "Longrightarrow": "⟹", "implies": "⟹", "Leftarrow": "⇐", "impliedby": "⟸", "iff": "⟺",
    "leftrightarrow": "↔", "longleftrightarrow": "⟷", "Leftrightarrow": "⇔", "Longleftrightarrow": "⟺",
    "rightleftharpoons": "⇌", "leftrightharpoons": "⇋", "rightharpoonup": "⇀", "mapsto": "↦", "longmapsto": "⟼",
    "hookrightarrow": "↪", "uparrow": "↑", "downarrow": "↓", "updownarrow": "↕", "nearrow": "↗", "searrow": "↘",
    "partial": "∂", "nabla": "∇", "angle": "∠", "measuredangle": "∡", "perp": "⊥", "parallel": "∥", "nparallel": "∦",
    "mid": "∣", "nmid": "∤", "therefore": "∴", "because": "∵", "degree": "°", "prime": "′", "triangle": "△",
    "bigtriangleup": "△", "vartriangle": "△", "triangledown": "▽", "square": "□", "Box": "□", "blacksquare": "■",
    "diamond": "⋄", "bigcirc": "○", "bigstar": "★", "checkmark": "✓", "dagger": "†", "ddagger": "‡", "S": "§",
    "ldots": "…", "cdots": "⋯", "dots": "…", "dotsc": "…", "dotsb": "⋯", "vdots": "⋮", "ddots": "⋱", "colon": ":",
    "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "lbrace": "{",
    "rbrace": "}", "lbrack": "[", "rbrack": "]", "lvert": "|", "rvert": "|", "vert": "|", "Vert": "‖", "lVert": "‖",
    "rVert": "‖", "backslash": "\\", "pounds": "£", "euro": "€", "yen": "¥", "copyright": "©",
    "quad": "  ", "qquad": "    ", "enspace": " ", "thinspace": " ", ",": " ", ":": " ", ";": " ", " ": " ",
    ">": " ", "!": "", "/": "", "{": "{", "}": "}", "%": "%", "$": "$", "#": "#", "&": "&", "_": "_", "|": "‖",
}  # fmt: skip
# What stands before a large expression and takes its bounds as scripts.
BIG_OPERATORS = {
    "sum": "∑", "prod": "∏", "coprod": "∐", "int": "∫", "iint": "∬", "iiint": "∭", "oint": "∮", "bigoplus": "⨁",
    "bigotimes": "⨂",
}  # fmt: skip
# What changes how a formula looks, and nothing of what it says; the second take an argument that is dropped with them.
IGNORED = _names(
    "left right middle big Big bigg Bigg bigl bigr bigm Bigl Bigr Bigm biggl biggr Biggl Biggr displaystyle textstyle"
    " scriptstyle scriptscriptstyle limits nolimits nonumber notag hline centering rm bf it sf tt cal mathopen "
    "mathclose mathbin mathrel mathord strut allowbreak nobreak relax large Large small normalsize boldmath"
)
IGNORED_WITH_ARGUMENT = _names("label color vspace phantom hphantom vphantom mathstrut")
FUNCTIONS = _names(
    "sin cos tan cot sec csc arcsin arccos arctan arccot sinh cosh tanh coth log ln lg exp lim limsup liminf max min"
    " sup inf det dim ker gcd lcm arg argmax argmin deg hom Pr mod bmod sgn tr rank"
)
UPRIGHT = _names(
    "mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak boldsymbol bm symbf symbol mathnormal pmb boxed fbox"
    " mathbin ensuremath"
)
LITERAL = _names("text textrm textbf textit textsf texttt textnormal mbox hbox")
ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "bar": "\u0305",
    "overline": "\u0305", "underline": "\u0332", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7",
    "overrightarrow": "\u20d7", "check": "\u030c", "acute": "\u0301", "grave": "\u0300", "breve": "\u0306",
}  # fmt: skip
ROW_BRACKETS = {
    "matrix": ("", ""), "smallmatrix": ("", ""), "array": ("", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"), "vmatrix": ("|", "|"), "Vmatrix": ("‖", "‖"), "cases": ("{ ", ""), "dcases": ("{ ", ""),
    "rcases": ("", " }"),
}  # fmt: skip
LINES = _names(
    "aligned align align* alignat alignat* alignedat gather gather* gathered split multline multline* equation"
    " equation* eqnarray eqnarray* flalign flalign* displaymath math"
)
VULGAR_FRACTIONS = {
    ("1", "2"): "½", ("1", "3"): "⅓", ("2", "3"): "⅔", ("1", "4"): "¼", ("3", "4"): "¾", ("1", "5"): "⅕",
    ("2", "5"): "⅖", ("3", "5"): "⅗", ("4", "5"): "⅘", ("1", "6"): "⅙", ("5", "6"): "⅚", ("1", "8"): "⅛",
    ("3", "8"): "⅜", ("5", "8"): "⅝", ("7", "8"): "⅞",
}  # fmt: skip
DOUBLE_STRUCK = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ1", "𝔸𝔹ℂ𝔻𝔼𝔽𝔾ℍ𝕀𝕁𝕂𝕃𝕄ℕ𝕆ℙℚℝ𝕊𝕋𝕌𝕍𝕎𝕏𝕐ℤ𝟙")
SUPERSCRIPTS = str.maketrans(
    "0123456789+-=()abcdefghijklmnoprstuvwxyzTABDEGHIJKLMNOPRUVWβγδθφχ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
)
SUBSCRIPTS = str.maketrans("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ")
