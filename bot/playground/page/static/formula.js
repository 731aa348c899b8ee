// Formulas: the TeX that models write, as MathML. What is not known stays as it was written.

import { element } from "./element.js";
import { words } from "./words.js";

const MATHML = "http://www.w3.org/1998/Math/MathML";
const DEEPEST = 40;
const LONGEST = 4000; // characters

const LETTERS = Object.fromEntries(
  ("alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π " +
    "rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ " +
    "Omega Ω infty ∞ partial ∂ nabla ∇ hbar ℏ ell ℓ emptyset ∅ varnothing ∅ Re ℜ Im ℑ aleph ℵ dots … ldots … cdots ⋯ vdots ⋮ ddots ⋱ prime ′ " +
    "sin sin cos cos tan tan cot cot sec sec csc csc arcsin arcsin arccos arccos arctan arctan sinh sinh cosh cosh tanh tanh log log ln ln exp exp " +
    "det det dim dim ker ker deg deg gcd gcd Pr Pr arg arg")
    .split(" ")
    .flatMap((word, index, all) => (index % 2 ? [] : [[word, all[index + 1]]])),
);
const OPERATORS = Object.fromEntries(
  ("cdot ⋅ times × div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ bullet • oplus ⊕ otimes ⊗ leq ≤ le ≤ geq ≥ ge ≥ neq ≠ ne ≠ approx ≈ equiv ≡ sim ∼ " +
    "simeq ≃ cong ≅ propto ∝ ll ≪ gg ≫ to → rightarrow → leftarrow ← Rightarrow ⇒ Leftarrow ⇐ leftrightarrow ↔ Leftrightarrow ⇔ implies ⟹ iff ⟺ " +
    "mapsto ↦ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖ forall ∀ exists ∃ neg ¬ land ∧ wedge ∧ lor ∨ vee ∨ " +
    "mid ∣ parallel ∥ perp ⊥ angle ∠ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ lvert | rvert | vert | Vert ‖ therefore ∴ because ∵ " +
    "colon : { { } } | ‖ % % $ $ # # & & _ _")
    .split(" ")
    .flatMap((word, index, all) => (index % 2 ? [] : [[word, all[index + 1]]])),
);
const LIMITS = { sum: "∑", prod: "∏", int: "∫", iint: "∬", oint: "∮", bigcup: "⋃", bigcap: "⋂", lim: "lim", max: "max", min: "min", sup: "sup", inf: "inf" };
const ACCENTS = { hat: "^", widehat: "^", bar: "¯", overline: "¯", vec: "→", tilde: "~", dot: "˙", ddot: "¨" };
const SPACES = { ",": "0.17em", ":": "0.22em", ";": "0.28em", "!": "0", " ": "0.3em", quad: "1em", qquad: "2em" };
const UPRIGHT = new Set(["text", "mathrm", "operatorname", "textbf", "mathbf", "textit", "mathit", "mathsf", "mathtt", "boldsymbol", "mathbb", "mathcal"]);
const GRIDS = { matrix: ["", ""], pmatrix: ["(", ")"], bmatrix: ["[", "]"], vmatrix: ["|", "|"], cases: ["{", ""], aligned: ["", ""], align: ["", ""], "align*": ["", ""] };
const IGNORED = new Set(["displaystyle", "limits", "nolimits", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr"]);

export function formula(expression, isBlock) {
  const shape = { class: "formula", role: "math", "aria-label": `${words("formula")}: ${expression}`, title: expression };
  const tag = isBlock ? "div" : "span";
  try {
    const math = make("math", ...new Reader(expression).all());
    math.setAttribute("display", isBlock ? "block" : "inline");
    return element(tag, shape, math);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return element(tag, { ...shape, class: "formula source" }, expression);
  }
}

class Unreadable extends Error {}

function make(tag, ...children) {
  const node = document.createElementNS(MATHML, tag);
  node.append(...children);
  return node;
}

const group = (nodes) => (nodes.length === 1 ? nodes[0] : make("mrow", ...nodes));

class Reader {
  constructor(source) {
    if (source.length > LONGEST) throw new Unreadable();
    this.tokens = source.match(/\\[a-zA-Z]+\*?|\\[\s\S]|\d+(?:\.\d+)?|\s+|[\s\S]/gu) ?? [];
    this.at = 0;
    this.depth = 0;
  }

  all() {
    const nodes = this.list(() => false);
    if (this.at < this.tokens.length) throw new Unreadable();
    return nodes;
  }

  peek = () => this.tokens[this.at];

  skipSpace() {
    while (/^\s+$/.test(this.peek() ?? "")) this.at += 1;
  }

  list(isEnd) {
    if (++this.depth > DEEPEST) throw new Unreadable();
    const nodes = [];
    for (this.skipSpace(); this.at < this.tokens.length && this.peek() !== "}" && !isEnd(this.peek()); this.skipSpace()) nodes.push(this.scripted());
    this.depth -= 1;
    return nodes;
  }

  argument() {
    this.skipSpace();
    if (this.peek() !== "{") return this.atom();
    this.at += 1;
    const nodes = this.list(() => false);
    this.expect("}");
    return group(nodes);
  }

  expect(token) {
    this.skipSpace();
    if (this.tokens[this.at++] !== token) throw new Unreadable();
  }

  // The letters of an argument as they are, for \text{...} and \begin{...}.
  plain() {
    this.expect("{");
    let text = "";
    while (this.peek() !== "}") {
      if (this.peek() === undefined || this.peek() === "{") throw new Unreadable();
      text += this.tokens[this.at++];
    }
    this.at += 1;
    return text;
  }

  scripted() {
    const hasLimits = LIMITS[this.peek()?.slice(1)] && !/int/.test(this.peek());
    const base = this.atom();
    const scripts = {};
    for (this.skipSpace(); ["^", "_", "'"].includes(this.peek()); this.skipSpace()) {
      const sign = this.tokens[this.at++];
      if (sign === "'") scripts["^"] = make("mo", "′");
      else scripts[sign] = this.argument();
    }
    const { "^": above, _: below } = scripts;
    if (above && below) return make(hasLimits ? "munderover" : "msubsup", base, below, above);
    if (above) return make(hasLimits ? "mover" : "msup", base, above);
    return below ? make(hasLimits ? "munder" : "msub", base, below) : base;
  }

  atom() {
    const token = this.tokens[this.at++];
    if (token === undefined || token === "}" || token === "&" || token === "^" || token === "_") throw new Unreadable();
    if (token === "{") {
      this.at -= 1;
      return this.argument();
    }
    if (token.startsWith("\\")) return this.command(token.slice(1));
    if (/^\d/.test(token)) return make("mn", token);
    return make(/^\p{L}/u.test(token) ? "mi" : "mo", token === "-" ? "−" : token);
  }

  command(name) {
    if (LETTERS[name]) return make("mi", LETTERS[name]);
    if (OPERATORS[name]) return make("mo", OPERATORS[name]);
    if (LIMITS[name]) return make("mo", LIMITS[name]);
    if (ACCENTS[name]) return this.accented(name);
    if (UPRIGHT.has(name)) return make("mtext", this.plain());
    if (SPACES[name] !== undefined) return this.space(SPACES[name]);
    if (IGNORED.has(name)) return make("mrow");
    if (/^[dt]?frac$/.test(name)) return make("mfrac", this.argument(), this.argument());
    if (name === "binom") return group([make("mo", "("), this.choice(), make("mo", ")")]);
    if (name === "sqrt") return this.root();
    if (name === "left") return this.fenced();
    if (name === "begin") return this.grid();
    throw new Unreadable();
  }

  accented(name) {
    const node = make("mover", this.argument(), make("mo", ACCENTS[name]));
    node.setAttribute("accent", "true");
    return node;
  }

  space(width) {
    const node = make("mspace");
    node.setAttribute("width", width);
    return node;
  }

  choice() {
    const node = make("mfrac", this.argument(), this.argument());
    node.setAttribute("linethickness", "0");
    return node;
  }

  root() {
    this.skipSpace();
    if (this.peek() !== "[") return make("msqrt", this.argument());
    this.at += 1;
    const index = this.list((token) => token === "]");
    this.expect("]");
    return make("mroot", this.argument(), group(index));
  }

  fence() {
    this.skipSpace();
    const token = this.tokens[this.at++] ?? "";
    const sign = token.startsWith("\\") ? OPERATORS[token.slice(1)] : token;
    if (!sign) throw new Unreadable();
    return make("mo", sign === "." ? "" : sign);
  }

  fenced() {
    const open = this.fence();
    const inside = this.list((token) => token === "\\right");
    this.expect("\\right");
    return make("mrow", open, ...inside, this.fence());
  }

  grid() {
    const name = this.plain();
    if (!GRIDS[name]) throw new Unreadable();
    const rows = [[]];
    for (;;) {
      rows.at(-1).push(make("mtd", ...this.list((token) => ["&", "\\\\", "\\end"].includes(token))));
      const token = this.tokens[this.at++];
      if (token === "\\\\") rows.push([]);
      else if (token === "\\end") break;
      else if (token !== "&") throw new Unreadable();
    }
    if (this.plain() !== name) throw new Unreadable();
    const [open, close] = GRIDS[name];
    const table = make("mtable", ...rows.map((cells) => make("mtr", ...cells)));
    if (name === "cases") table.setAttribute("columnalign", "left");
    return make("mrow", make("mo", open), table, make("mo", close));
  }
}
