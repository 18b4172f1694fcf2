import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  notFound,
  type ResourceInfo,
  type ResourceTable,
  storageKey,
  type TokenRequestSpec,
} from '@orrery/api';
import { formatTime } from '@orrery/runtime';
import type {
  BoundReference,
  ServiceAccountTokens,
  TokenSubject,
} from '../authentication/service-account-tokens.driver.ts';
import type { ObjectCache } from '../cache/object-cache.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import type { ObjectDecoder } from '../registry/object-decoder.ts';
import type { ObjectReader } from '../registry/object-reader.ts';
import { fieldValidationOf, type ResourceContext } from '../registry/resource-context.ts';

const kind = { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' };
const lifeSecondsMin = 600;
const lifeSecondsDefault = 3_600;

/** `serviceaccounts/token`: a token for a service account, if wanted bound to a pod, node or secret. */
export class TokenRequestHandler {
  constructor(
    private readonly reader: ObjectReader,
    private readonly cache: ObjectCache,
    private readonly table: ResourceTable,
    private readonly decoder: ObjectDecoder,
    private readonly tokens: ServiceAccountTokens,
  ) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    const { request, target } = context;
    const body = decodeBody(request.body, request.header('content-type'), kind.kind);
    const { value } = this.decoder.shape(
      body,
      kind,
      'api.authentication.v1.TokenRequest',
      fieldValidationOf(request.query),
    );
    const asked = value as { spec?: Partial<TokenRequestSpec> };
    const account = (await this.reader.get(context)).object;
    const spec = asked.spec ?? {};
    const life = spec.expirationSeconds ?? lifeSecondsDefault;
    if (life < lifeSecondsMin) {
      const detail = 'may not specify a duration less than 10 minutes';
      throw invalid(kind, '', [invalidValue('spec.expirationSeconds', life, detail)]);
    }
    const subject: TokenSubject = {
      namespace: target.namespace,
      serviceAccount: { name: account.metadata.name, uid: account.metadata.uid },
      ...this.bound(spec.boundObjectRef, target.namespace),
    };
    const { token, expiresAtMs } = this.tokens.issue(subject, spec.audiences ?? [], life);
    const { name, namespace } = account.metadata;
    return jsonResponse(
      {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        metadata: { name, namespace, creationTimestamp: formatTime(expiresAtMs - life * 1000) },
        spec: {
          audiences: spec.audiences?.length ? spec.audiences : [this.tokens.issuer],
          expirationSeconds: life,
          boundObjectRef: spec.boundObjectRef ?? null,
        },
        status: { token, expirationTimestamp: formatTime(expiresAtMs) },
      },
      201,
    );
  }

  private bound(
    reference: TokenRequestSpec['boundObjectRef'] | undefined,
    namespace: string,
  ): Pick<TokenSubject, 'pod' | 'node' | 'secret'> {
    if (!reference) return {};
    switch (reference.kind) {
      case 'Pod':
        return { pod: this.reference('pods', namespace, reference) };
      case 'Secret':
        return { secret: this.reference('secrets', namespace, reference) };
      case 'Node':
        return { node: this.reference('nodes', '', reference) };
      default:
        throw badRequest(`cannot bind token for serviceaccount to object of type ${reference.kind ?? ''}`);
    }
  }

  private reference(resource: string, namespace: string, wanted: { name?: string; uid?: string }): BoundReference {
    const info = this.table.find('', 'v1', resource) as ResourceInfo;
    const name = wanted.name ?? '';
    const found = this.cache.resource('', resource).get(storageKey(info, namespace, name));
    if (found === undefined) throw notFound(info, name);
    const { uid } = found.object.metadata;
    if (wanted.uid && wanted.uid !== uid) {
      const detail = `the UID in the bound object reference (${wanted.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
      throw conflict(info, name, detail);
    }
    return { name, uid };
  }
}
