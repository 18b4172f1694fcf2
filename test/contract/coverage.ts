import type { ResourceInfo } from '@orrery/api';

/** What was done with which resource through which client: `raw apps/v1 deployments/status patch`. */
export class Coverage {
  private readonly done = new Map<string, Set<string>>();

  /** Remembers that `verb` worked. `subresource` is `''` for the object itself. */
  add(face: string, info: ResourceInfo, verb: string, subresource = ''): void {
    const line = lineOf(info, subresource);
    const verbs = this.done.get(`${face} ${line}`) ?? new Set();
    this.done.set(`${face} ${line}`, verbs.add(verb));
  }

  has(face: string, info: ResourceInfo, verb: string, subresource = ''): boolean {
    return this.done.get(`${face} ${lineOf(info, subresource)}`)?.has(verb) ?? false;
  }

  /** A line a resource and client: what a reader of the test's output sees. */
  report(): string {
    return [...this.done].map(([line, verbs]) => `${line}: ${[...verbs].join(' ')}`).join('\n');
  }
}

function lineOf({ group, version, resource }: ResourceInfo, subresource: string): string {
  const groupVersion = group === '' ? version : `${group}/${version}`;
  return `${groupVersion} ${resource}${subresource === '' ? '' : `/${subresource}`}`;
}
