/** Escapes a name into one subject token: `.`, `*`, `>`, `%` and white space become `%XX`; the empty name becomes `_`. */
export function subjectToken(name: string): string {
  if (name === '') return '_';
  return name.replace(/[.*>%\s]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** Undoes `subjectToken`. */
export function tokenName(token: string): string {
  if (token === '_') return '';
  return token.replace(/%([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What a registry subject is made of. Empty strings: core group, no route, cluster-scoped. */
export interface RegistrySubject {
  readonly group: string;
  readonly resource: string;
  readonly route: string;
  readonly namespace: string;
  readonly name: string;
}

/** The subjects of one cluster, as listed in docs/architecture. */
export class Subjects {
  constructor(readonly cluster: string) {}

  /** Raft messages to one storage member. */
  raft(member: string): string {
    return `${this.cluster}.raft.${subjectToken(member)}`;
  }

  /** Any storage member. */
  kv(): string {
    return `${this.cluster}.kv`;
  }

  /** One storage member. */
  kvMember(member: string): string {
    return `${this.cluster}.kv.${subjectToken(member)}`;
  }

  /** A backup of the store, streamed by any storage member. */
  backup(): string {
    return `${this.cluster}.backup`;
  }

  /** Requests of one user to any API server; the broker lets a user publish to its own subject only. */
  api(user: string): string {
    return `${this.cluster}.api.${subjectToken(user)}`;
  }

  /** What API servers serve. */
  apiOfAll(): string {
    return `${this.cluster}.api.*`;
  }

  /** The user in a subject made by `api`. */
  apiUser(subject: string): string {
    return tokenName(subject.slice(subject.lastIndexOf('.') + 1));
  }

  registry(subject: RegistrySubject): string {
    const { group, resource, route, namespace, name } = subject;
    const tokens = [group === '' ? 'core' : group, resource, route, namespace, name].map(subjectToken);
    return `${this.cluster}.registry.${tokens.join('.')}`;
  }

  /** Pattern of all events of a resource; with `route`, only those routed there (a node's pods). */
  registryOf(group: string, resource: string, route?: string): string {
    const head = `${this.cluster}.registry.${subjectToken(group === '' ? 'core' : group)}.${subjectToken(resource)}`;
    return route === undefined ? `${head}.>` : `${head}.${subjectToken(route)}.>`;
  }

  registryOfAll(): string {
    return `${this.cluster}.registry.>`;
  }

  /** Name of the registry log. */
  registryLog(): string {
    return `${this.cluster}-registry`;
  }

  /** Where every instance of every service answers status questions. */
  status(service: string, instance: string): string {
    return `${this.cluster}.status.${subjectToken(service)}.${subjectToken(instance)}`;
  }

  chaos(service: string, instance: string): string {
    return `${this.cluster}.chaos.${subjectToken(service)}.${subjectToken(instance)}`;
  }
}
