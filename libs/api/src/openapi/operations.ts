import type { ResourceInfo, ResourceTable, SubresourceInfo } from '../resource/resource-table.ts';
import { TypeSchemas } from '../schema/type-schemas.ts';
import { customDefinitionName } from './custom-definitions.ts';
import { customPatchMediaTypes, patchMediaTypes } from './media-types.ts';
import {
  connectParameters,
  deleteParameters,
  force,
  listParameters,
  nameParameter,
  namespaceParameter,
  type Parameter,
  pathParameter,
  pretty,
  writeParameters,
} from './parameters.ts';

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch' | 'head' | 'options';

/** One thing that can be done with a path. */
export interface Operation {
  readonly method: Method;
  /** Value of `x-kubernetes-action`. */
  readonly action: 'list' | 'get' | 'post' | 'put' | 'patch' | 'delete' | 'deletecollection' | 'connect';
  readonly id: string;
  readonly tag: string;
  readonly description: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly parameters: readonly Parameter[];
  /** Type of the body, by name; `undefined` without one. */
  readonly body: string | undefined;
  /** Type of the answer, by name; `undefined` where it is text or a stream. */
  readonly answer: string | undefined;
  /** What a patch may be sent as. */
  readonly patchMediaTypes: readonly string[];
}

export interface PathOperations {
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly operations: readonly Operation[];
}

const deleteOptionsType = 'apimachinery.pkg.apis.meta.v1.DeleteOptions';
const patchType = 'apimachinery.pkg.apis.meta.v1.Patch';
const statusType = 'apimachinery.pkg.apis.meta.v1.Status';
const methodOfVerb: Readonly<Record<string, Method>> = {
  get: 'get',
  create: 'post',
  update: 'put',
  patch: 'patch',
  delete: 'delete',
};

/** All paths of one group version. */
export function pathsOf(table: ResourceTable, group: string, version: string): PathOperations[] {
  const rows = table.all().filter((info) => info.group === group && info.version === version);
  return rows.flatMap((info) => new ResourcePaths(info).all());
}

/** Type of a kind; `undefined` for kinds without one, such as the options of connections. */
export function typeOfKind(group: string, version: string, kind: string): string | undefined {
  typesByKind ??= readTypesByKind();
  return typesByKind.get(`${group}/${version}/${kind}`);
}

let typesByKind: ReadonlyMap<string, string> | undefined;

function readTypesByKind(): ReadonlyMap<string, string> {
  const schemas = TypeSchemas.builtIn();
  const objects = schemas.names().filter((typeName) => schemas.typeOf(typeName).kind === 'object');
  return new Map(objects.flatMap((typeName) => schemas.get(typeName).kinds.map((kind) => [kind, typeName] as const)));
}

class ResourcePaths {
  private readonly base: string;
  private readonly scoped: string;
  private readonly scopeParameters: readonly Parameter[];
  private readonly tag: string;
  private readonly idMiddle: string;
  private readonly type: string | undefined;

  constructor(private readonly info: ResourceInfo) {
    const { group, version, namespaced, resource, kind } = info;
    this.base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    this.scoped = namespaced ? `${this.base}/namespaces/{namespace}/${resource}` : `${this.base}/${resource}`;
    this.scopeParameters = namespaced ? [namespaceParameter, pretty] : [pretty];
    const groupName = camelGroup(group);
    this.tag = `${groupName}_${version}`;
    this.idMiddle = `${capitalized(groupName)}${capitalized(version)}`;
    this.type = info.custom ? customDefinitionName(info, kind) : info.typeName || typeOfKind(group, version, kind);
  }

  all(): PathOperations[] {
    const { info } = this;
    const paths = [this.collection(), this.item(), ...info.subresources.flatMap((sub) => this.subresource(sub))];
    if (info.namespaced && info.verbs.includes('list')) paths.push(this.everywhere());
    return paths.filter(({ operations }) => operations.length > 0);
  }

  private collection(): PathOperations {
    const { info } = this;
    const operations: Operation[] = [];
    if (info.verbs.includes('list')) operations.push(this.list(this.scopeName()));
    if (info.verbs.includes('create')) {
      operations.push(
        this.operation(
          'post',
          'post',
          `create${this.idMiddle}${this.scopeName()}${info.kind}`,
          `create a ${info.kind}`,
          {
            parameters: writeParameters,
            body: this.type,
            answer: this.type,
          },
        ),
      );
    }
    if (info.verbs.includes('deletecollection')) {
      const id = `delete${this.idMiddle}Collection${this.scopeName()}${info.kind}`;
      operations.push(
        this.operation('delete', 'deletecollection', id, `delete collection of ${info.kind}`, {
          parameters: [...deleteParameters, ...listParameters.filter(({ name }) => name !== 'watch')],
          body: deleteOptionsType,
          answer: statusType,
        }),
      );
    }
    return { path: this.scoped, parameters: this.scopeParameters, operations };
  }

  /** The list over all namespaces. */
  private everywhere(): PathOperations {
    const list = this.list('', 'ForAllNamespaces');
    return { path: `${this.base}/${this.info.resource}`, parameters: [pretty], operations: [list] };
  }

  private list(scope: string, suffix = ''): Operation {
    const { group, version, kind, listKind } = this.info;
    const description = `list or watch objects of kind ${kind}`;
    return this.operation('get', 'list', `list${this.idMiddle}${scope}${kind}${suffix}`, description, {
      parameters: listParameters,
      answer: this.info.custom ? customDefinitionName(this.info, listKind) : typeOfKind(group, version, listKind),
    });
  }

  private item(): PathOperations {
    const { kind, verbs } = this.info;
    const id = `${this.idMiddle}${this.scopeName()}${kind}`;
    const operations: Operation[] = [];
    if (verbs.includes('get')) {
      operations.push(this.operation('get', 'get', `read${id}`, `read the specified ${kind}`, { answer: this.type }));
    }
    operations.push(...this.writes(verbs, id, `the specified ${kind}`, this.type));
    if (verbs.includes('delete')) {
      operations.push(
        this.operation('delete', 'delete', `delete${id}`, `delete a ${kind}`, {
          parameters: deleteParameters,
          body: deleteOptionsType,
          answer: statusType,
        }),
      );
    }
    return { path: `${this.scoped}/{name}`, parameters: [nameParameter(kind), ...this.scopeParameters], operations };
  }

  private writes(verbs: readonly string[], id: string, subject: string, type: string | undefined): Operation[] {
    const operations: Operation[] = [];
    if (verbs.includes('update')) {
      const parts = { parameters: writeParameters, body: type, answer: type };
      operations.push(this.operation('put', 'put', `replace${id}`, `replace ${subject}`, parts));
    }
    if (verbs.includes('patch')) {
      const parts = { parameters: [...writeParameters, force], body: patchType, answer: type };
      operations.push(this.operation('patch', 'patch', `patch${id}`, `partially update ${subject}`, parts));
    }
    return operations;
  }

  private subresource(sub: SubresourceInfo): PathOperations[] {
    const { kind } = this.info;
    const path = `${this.scoped}/{name}/${sub.name}`;
    const named = [nameParameter(sub.kind), ...this.scopeParameters];
    const connect = connectParameters[sub.name];
    if (sub.name !== 'log' && connect) return this.connections(sub, path, named, connect);
    const type =
      sub.group === this.info.group && sub.kind === kind ? this.type : typeOfKind(sub.group, sub.version, sub.kind);
    const id = `${this.idMiddle}${this.scopeName()}${kind}${capitalized(sub.name)}`;
    const operations: Operation[] = [];
    if (sub.verbs.includes('get')) {
      const parts = sub.name === 'log' ? { parameters: connect ?? [] } : { answer: type };
      operations.push(this.operation('get', 'get', `read${id}`, `read ${sub.name} of the specified ${kind}`, parts));
    }
    if (sub.verbs.includes('create')) {
      const parts = { parameters: writeParameters, body: type, answer: type };
      operations.push(this.operation('post', 'post', `create${id}`, `create ${sub.name} of a ${kind}`, parts));
    }
    operations.push(...this.writes(sub.verbs, id, `${sub.name} of the specified ${kind}`, type));
    return [
      { path, parameters: named, operations: operations.map((operation) => ({ ...operation, kind: kindOf(sub) })) },
    ];
  }

  private connections(
    sub: SubresourceInfo,
    path: string,
    parameters: readonly Parameter[],
    query: readonly Parameter[],
  ): PathOperations[] {
    const { kind } = this.info;
    const operationsAt = (suffix: string) =>
      sub.verbs.flatMap((verb): Operation[] => {
        const method = methodOfVerb[verb];
        if (!method) return [];
        const id = `connect${this.idMiddle}${capitalized(method)}${this.scopeName()}${kind}${capitalized(sub.name)}${suffix}`;
        const description = `connect ${method.toUpperCase()} requests to ${sub.name} of ${kind}`;
        return [{ ...this.operation(method, 'connect', id, description, {}), kind: kindOf(sub) }];
      });
    const here = { path, parameters: [...parameters, ...query], operations: operationsAt('') };
    if (sub.name !== 'proxy') return [here];
    const below = {
      path: `${path}/{path}`,
      parameters: [...parameters, pathParameter],
      operations: operationsAt('WithPath'),
    };
    return [here, below];
  }

  private operation(
    method: Method,
    action: Operation['action'],
    id: string,
    description: string,
    parts: Partial<Pick<Operation, 'parameters' | 'body' | 'answer'>>,
  ): Operation {
    const { tag, info } = this;
    const { parameters = [], body, answer } = parts;
    const patches = info.custom ? customPatchMediaTypes : patchMediaTypes;
    return {
      method,
      action,
      id,
      tag,
      description,
      kind: kindOf(info),
      parameters,
      body,
      answer,
      patchMediaTypes: patches,
    };
  }

  private scopeName(): string {
    return this.info.namespaced ? 'Namespaced' : '';
  }
}

function kindOf({ group, version, kind }: ResourceInfo | SubresourceInfo): Operation['kind'] {
  return { group, version, kind };
}

/** `rbac.authorization.k8s.io` → `rbacAuthorization`. */
function camelGroup(group: string): string {
  const [first = '', ...rest] = (group === '' ? 'core' : group.replace(/\.k8s\.io$/, '')).split('.');
  return [first, ...rest.map(capitalized)].join('');
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
