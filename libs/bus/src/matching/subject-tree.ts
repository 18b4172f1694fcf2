interface TreeNode<Value> {
  /** By token; `*` is one of them. */
  readonly children: Map<string, TreeNode<Value>>;
  /** Values of patterns that end at this node. */
  readonly values: Set<Value>;
  /** Values of patterns that end with `>` below this node. */
  readonly rest: Set<Value>;
}

/** Finds who is interested in a subject, in time that depends on the subject's length and not on how many are interested. */
export class SubjectTree<Value> {
  private readonly root = newNode<Value>();

  add(pattern: string, value: Value): void {
    const tokens = pattern.split('.');
    const isOpen = tokens.at(-1) === '>';
    let node = this.root;
    for (const token of isOpen ? tokens.slice(0, -1) : tokens) {
      let child = node.children.get(token);
      if (child === undefined) {
        child = newNode();
        node.children.set(token, child);
      }
      node = child;
    }
    (isOpen ? node.rest : node.values).add(value);
  }

  remove(pattern: string, value: Value): void {
    removeBelow(this.root, pattern.split('.'), value);
  }

  /** Values of all patterns that match, always in the same order. */
  match(subject: string): Value[] {
    const found: Value[] = [];
    collect(this.root, subject.split('.'), 0, found);
    return found;
  }
}

function newNode<Value>(): TreeNode<Value> {
  return { children: new Map(), values: new Set(), rest: new Set() };
}

function collect<Value>(node: TreeNode<Value>, tokens: readonly string[], depth: number, found: Value[]): void {
  const token = tokens[depth];
  if (token === undefined) {
    found.push(...node.values);
    return;
  }
  found.push(...node.rest);
  const exact = node.children.get(token);
  if (exact) collect(exact, tokens, depth + 1, found);
  const any = node.children.get('*');
  if (any) collect(any, tokens, depth + 1, found);
}

function removeBelow<Value>(node: TreeNode<Value>, tokens: readonly string[], value: Value): void {
  const [token, ...more] = tokens;
  if (token === undefined) {
    node.values.delete(value);
  } else if (token === '>' && more.length === 0) {
    node.rest.delete(value);
  } else {
    const child = node.children.get(token);
    if (child === undefined) return;
    removeBelow(child, more, value);
    if (child.children.size === 0 && child.values.size === 0 && child.rest.size === 0) node.children.delete(token);
  }
}
