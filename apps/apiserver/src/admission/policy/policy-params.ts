import {
  type ApiObject,
  labelSelectorMatcher,
  parseApiVersion,
  type ResourceInfo,
  type ResourceTable,
  SelectorError,
  storagePrefix,
} from '@orrery/api';
import type { ObjectCache } from '../../cache/object-cache.ts';
import type { ObjectVersions } from '../../custom-resources/object-versions.ts';
import type { ObjectLookup } from '../../registry/object-lookup.ts';
import type { ParamKind, ParamRef } from './policy-spec.ts';

/** A policy or a binding cannot be used as it is; the failure policy decides. The message is upstream's. */
export class PolicyConfigurationError extends Error {
  override readonly name = 'PolicyConfigurationError';
}

/** Finds the parameters that bindings refer to. */
export class PolicyParams {
  constructor(
    private readonly table: Pick<ResourceTable, 'byKind' | 'find'>,
    private readonly lookup: ObjectLookup,
    private readonly cache: ObjectCache,
    private readonly versions: Pick<ObjectVersions, 'convert'>,
  ) {}

  /**
   * One entry for each time that the policy is to be evaluated, in the version of `paramKind`; `undefined`: without parameters. Throws
   * `PolicyConfigurationError`.
   */
  async collect(
    paramKind: ParamKind | undefined,
    paramRef: ParamRef | undefined,
    namespace: string,
  ): Promise<(ApiObject | undefined)[]> {
    if (paramKind === undefined || paramRef === undefined) return [undefined];
    const { apiVersion = '', kind = '' } = paramKind;
    const parsed = parseApiVersion(apiVersion);
    const row = parsed && this.table.byKind(parsed.group, parsed.version, kind);
    if (row === undefined) {
      throw new PolicyConfigurationError(`paramKind kind \`${apiVersion}, Kind=${kind}\` not known`);
    }
    const found = await this.find(row, paramRef, paramsNamespace(row, paramRef, namespace));
    if (found.length === 0 && paramRef.parameterNotFoundAction === 'Deny') {
      throw new PolicyConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
    }
    return found;
  }

  private async find(row: ResourceInfo, { name = '', selector }: ParamRef, namespace: string): Promise<ApiObject[]> {
    const { group, version, resource } = row.storage;
    const stored = this.table.find(group, version, resource) ?? row;
    const served = (object: ApiObject) => this.versions.convert(object, stored, row);
    if (name !== '') {
      if (selector !== undefined) {
        throw new PolicyConfigurationError('paramRef.name and paramRef.selector are mutually exclusive');
      }
      const found = await this.lookup.find(stored, namespace, name);
      return found === undefined ? [] : [await served(found.object)];
    }
    if (selector === undefined) throw new PolicyConfigurationError('one of name or selector must be provided');
    const matcher = matcherOf(selector);
    const all = this.cache.resource(group, resource).range(storagePrefix(stored, namespace));
    const chosen = all.map(({ object }) => object).filter(({ metadata }) => matcher.matches(metadata.labels));
    return Promise.all(chosen.map(served));
  }
}

function paramsNamespace(row: ResourceInfo, { namespace: wanted = '' }: ParamRef, namespace: string): string {
  if (!row.namespaced) {
    if (wanted === '') return '';
    throw new PolicyConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  if (wanted !== '') return wanted;
  if (namespace !== '') return namespace;
  throw new PolicyConfigurationError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  );
}

function matcherOf(selector: NonNullable<ParamRef['selector']>) {
  try {
    return labelSelectorMatcher(selector);
  } catch (error) {
    if (error instanceof SelectorError) throw new PolicyConfigurationError(error.message, { cause: error });
    throw error;
  }
}
