import { type ApiObject, keyOf, keyText, type ObjectKey } from '@orrery/api';
import { controllerOf } from '../owner/owner-reference.ts';
import type { Lister } from './informer.ts';

/** Computes the values under which an index finds an object. */
export type IndexFunction<T extends ApiObject> = (object: T) => string[];

const ownerIndex = 'metadata.ownerReferences.controller.uid';

/** Objects of one resource by key and by index; iterates in the order in which keys first appeared. */
export class ObjectCache<T extends ApiObject> implements Lister<T> {
  private readonly objects = new Map<string, T>();
  private readonly byNamespace = new Map<string, Map<string, T>>();
  private readonly indexes = new Map<string, Index<T>>([
    [ownerIndex, new Index((object) => [controllerOf(object)?.uid ?? ''].filter((uid) => uid !== ''))],
  ]);

  get size(): number {
    return this.objects.size;
  }

  get(key: ObjectKey): T | undefined {
    return this.objects.get(keyText(key));
  }

  list(namespace?: string): T[] {
    if (namespace === undefined || namespace === '') return [...this.objects.values()];
    return [...(this.byNamespace.get(namespace)?.values() ?? [])];
  }

  byIndex(index: string, value: string): T[] {
    return this.indexes.get(index)?.find(value) ?? [];
  }

  ownedBy(owner: ApiObject): T[] {
    return this.byIndex(ownerIndex, owner.metadata.uid);
  }

  /** Declares an index, now filled with what is here; a second one of that name is ignored. */
  addIndex(name: string, values: IndexFunction<T>): void {
    if (this.indexes.has(name)) return;
    const index = new Index(values);
    for (const [id, object] of this.objects) index.add(id, object);
    this.indexes.set(name, index);
  }

  /** Puts `object` in place of the one with the same key, which is returned. */
  put(object: T): T | undefined {
    const id = keyText(keyOf(object));
    const previous = this.objects.get(id);
    this.objects.set(id, object);
    this.namespaceOf(object).set(id, object);
    for (const index of this.indexes.values()) {
      if (previous !== undefined) index.remove(id, previous);
      index.add(id, object);
    }
    return previous;
  }

  /** Removes the object with that key and returns it. */
  remove(key: ObjectKey): T | undefined {
    const id = keyText(key);
    const previous = this.objects.get(id);
    if (previous === undefined) return undefined;
    this.objects.delete(id);
    const namespace = this.namespaceOf(previous);
    namespace.delete(id);
    if (namespace.size === 0) this.byNamespace.delete(key.namespace);
    for (const index of this.indexes.values()) index.remove(id, previous);
    return previous;
  }

  private namespaceOf(object: T): Map<string, T> {
    const name = object.metadata.namespace ?? '';
    let objects = this.byNamespace.get(name);
    if (objects === undefined) {
      objects = new Map();
      this.byNamespace.set(name, objects);
    }
    return objects;
  }
}

class Index<T extends ApiObject> {
  private readonly entries = new Map<string, Map<string, T>>();

  constructor(private readonly values: IndexFunction<T>) {}

  find(value: string): T[] {
    return [...(this.entries.get(value)?.values() ?? [])];
  }

  add(id: string, object: T): void {
    for (const value of this.values(object)) {
      let entry = this.entries.get(value);
      if (entry === undefined) {
        entry = new Map();
        this.entries.set(value, entry);
      }
      entry.set(id, object);
    }
  }

  remove(id: string, object: T): void {
    for (const value of this.values(object)) {
      const entry = this.entries.get(value);
      entry?.delete(id);
      if (entry?.size === 0) this.entries.delete(value);
    }
  }
}
