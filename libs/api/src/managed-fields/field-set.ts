import { compareElements, type FieldPath, type PathElement } from './path-element.ts';

/**
 * A set of paths into an object, as a tree. A path in the set says nothing about the paths above or below it. Operations give new
 * sets, which share branches with the old ones; only `insert` and `attach` change a set, while it is being made.
 */
export class FieldSet {
  /** Last elements of the paths that end here. */
  readonly members = new Set<PathElement>();
  /** The longer paths, by their first element. No branch is empty. */
  readonly children = new Map<PathElement, FieldSet>();

  static of(...paths: readonly FieldPath[]): FieldSet {
    const set = new FieldSet();
    for (const path of paths) set.insert(path);
    return set;
  }

  get isEmpty(): boolean {
    return this.members.size === 0 && this.children.size === 0;
  }

  /** The empty path, the object itself, is never a member. */
  insert(path: FieldPath): void {
    const [head, ...rest] = path;
    if (head === undefined) return;
    if (rest.length === 0) {
      this.members.add(head);
      return;
    }
    const child = this.children.get(head) ?? new FieldSet();
    this.children.set(head, child);
    child.insert(rest);
  }

  /** Puts a branch below an element that has none yet; an empty one is left out. */
  attach(element: PathElement, branch: FieldSet): void {
    if (!branch.isEmpty) this.children.set(element, branch);
  }

  has(path: FieldPath): boolean {
    const [head, ...rest] = path;
    if (head === undefined) return false;
    return rest.length === 0 ? this.members.has(head) : (this.children.get(head)?.has(rest) ?? false);
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    const result = new FieldSet();
    for (const element of this.members) result.members.add(element);
    for (const element of other.members) result.members.add(element);
    for (const [element, branch] of this.children) {
      const theirs = other.children.get(element);
      result.children.set(element, theirs === undefined ? branch : branch.union(theirs));
    }
    for (const [element, branch] of other.children) {
      if (!this.children.has(element)) result.children.set(element, branch);
    }
    return result;
  }

  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet();
    for (const element of this.members) if (other.members.has(element)) result.members.add(element);
    for (const [element, branch] of this.children) {
      const theirs = other.children.get(element);
      if (theirs !== undefined) result.attach(element, branch.intersection(theirs));
    }
    return result;
  }

  /** Without the paths of the other set, each by itself: what lies below them stays. */
  difference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    const result = new FieldSet();
    for (const element of this.members) if (!other.members.has(element)) result.members.add(element);
    for (const [element, branch] of this.children) {
      const theirs = other.children.get(element);
      result.attach(element, theirs === undefined ? branch : branch.difference(theirs));
    }
    return result;
  }

  /** Without the paths of the other set and everything below them. */
  recursiveDifference(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    const result = new FieldSet();
    for (const element of this.members) if (!other.members.has(element)) result.members.add(element);
    for (const [element, branch] of this.children) {
      if (other.members.has(element)) continue;
      const theirs = other.children.get(element);
      result.attach(element, theirs === undefined ? branch : branch.recursiveDifference(theirs));
    }
    return result;
  }

  equals(other: FieldSet): boolean {
    if (this === other) return true;
    if (this.members.size !== other.members.size || this.children.size !== other.children.size) return false;
    for (const element of this.members) if (!other.members.has(element)) return false;
    for (const [element, branch] of this.children) {
      const theirs = other.children.get(element);
      if (theirs === undefined || !branch.equals(theirs)) return false;
    }
    return true;
  }

  /** All paths: of each branch first those that end there, in the order of FieldsV1. */
  *paths(prefix: FieldPath = []): Generator<FieldPath> {
    for (const element of [...this.members].sort(compareElements)) yield [...prefix, element];
    for (const element of [...this.children.keys()].sort(compareElements)) {
      yield* this.children.get(element)?.paths([...prefix, element]) ?? [];
    }
  }
}

/** Nothing. Never changed. */
export const noFields: FieldSet = new FieldSet();
