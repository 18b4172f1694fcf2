import { invariant } from '@orrery/runtime';
import { wireJson } from '../generated/wire-table.ts';
import { TypeSchemas } from '../schema/type-schemas.ts';

export type WireScalar = 'string' | 'bytes' | 'int32' | 'int64' | 'bool' | 'double';

/** What one value of a field is on the wire. `name` of a message is that of its type in `TypeSchemas`. */
export type WireValue =
  | { readonly kind: 'scalar'; readonly scalar: WireScalar }
  | { readonly kind: 'message'; readonly name: string };

export interface WireField {
  readonly number: number;
  /** In JSON. Empty for a Go embedded message, whose fields stand among those of the message around it. */
  readonly name: string;
  /** Maps go from strings to `value`. */
  readonly cardinality: 'single' | 'list' | 'map';
  readonly value: WireValue;
  /**
   * Is a zero on the wire a zero in JSON? Clients write many fields whether they are set or not; for most of them a zero means "not set". Which fields
   * say something by a zero (`replicas: 0`, `storageClassName: ""`) is decided where the table is generated.
   */
  readonly zeroShown: boolean;
}

export interface WireMessage {
  readonly name: string;
  /** By number, ascending. */
  readonly fields: readonly WireField[];
  readonly byNumber: ReadonlyMap<number, WireField>;
}

type FieldFact = [number, string, string, 1?];

const scalars: ReadonlySet<string> = new Set(['string', 'bytes', 'int32', 'int64', 'bool', 'double']);
const metaPackage = 'apimachinery.pkg.apis.meta';
const optionKinds: ReadonlySet<string> = new Set(['DeleteOptions', 'CreateOptions', 'UpdateOptions', 'PatchOptions']);

/** The protobuf messages behind the API's types. The table is parsed on first use, a message likewise. */
export class WireSchemas {
  private static builtInSchemas: WireSchemas | undefined;
  private readonly read = new Map<string, WireMessage>();

  private constructor(
    private readonly facts: Readonly<Record<string, readonly FieldFact[]>>,
    private readonly namesByKind: ReadonlyMap<string, string>,
  ) {}

  /** The messages of Kubernetes 1.36. */
  static builtIn(): WireSchemas {
    WireSchemas.builtInSchemas ??= new WireSchemas(
      JSON.parse(wireJson) as Record<string, FieldFact[]>,
      TypeSchemas.builtIn().namesByKind(),
    );
    return WireSchemas.builtInSchemas;
  }

  /** Fails for a name without a message: names come from the tables, never from users. */
  get(name: string): WireMessage {
    const known = this.read.get(name);
    if (known) return known;
    const facts = this.facts[name];
    invariant(facts, `no message ${name}`);
    const fields = facts.map(fieldOf).sort((a, b) => a.number - b.number);
    const message = { name, fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
    this.read.set(name, message);
    return message;
  }

  /** The message of a kind; `undefined` for kinds that upstream has no message for either (Table, custom resources). */
  messageOf(apiVersion: string, kind: string): WireMessage | undefined {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const name = this.namesByKind.get(`${group}/${version}/${kind}`);
    if (name !== undefined && Object.hasOwn(this.facts, name)) return this.get(name);
    if (optionKinds.has(kind)) return this.get(`${metaPackage}.v1.${kind}`);
    if (group !== 'meta.k8s.io') return undefined;
    const inMeta = [`${metaPackage}.${version}.${kind}`, `${metaPackage}.v1.${kind}`];
    const found = inMeta.find((candidate) => Object.hasOwn(this.facts, candidate));
    return found === undefined ? undefined : this.get(found);
  }

  /** Every kind that has a message, as `group/version/kind`. */
  kinds(): readonly string[] {
    return [...this.namesByKind].filter(([, name]) => Object.hasOwn(this.facts, name)).map(([kind]) => kind);
  }
}

function fieldOf([number, name, type, shown]: FieldFact): WireField {
  const list = type.startsWith('[]');
  const map = /^map<(.*)>$/.exec(type);
  const one = list ? type.slice(2) : (map?.[1] ?? type);
  return {
    number,
    name,
    cardinality: list ? 'list' : map ? 'map' : 'single',
    value: scalars.has(one) ? { kind: 'scalar', scalar: one as WireScalar } : { kind: 'message', name: one },
    zeroShown: shown === 1,
  };
}
