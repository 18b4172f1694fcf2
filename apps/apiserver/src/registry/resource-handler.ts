import {
  type ApiObject,
  badRequest,
  convertVersion,
  methodNotAllowed,
  type ResourceInfo,
  type Status,
} from '@orrery/api';
import type { Clock } from '@orrery/runtime';
import type { CachedObject } from '../cache/cached-object.ts';
import { type ApiResponse, jsonResponse } from '../http/api-response.ts';
import { negotiate } from '../negotiation/accept.ts';
import { type Representation, representationOf } from '../negotiation/representation.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import type { DeletionOptions } from './deletion.ts';
import { isRecord } from './json-object.ts';
import type { ObjectCreator } from './object-creator.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import type { ObjectDeleter } from './object-deleter.ts';
import type { ObjectReader } from './object-reader.ts';
import type { ObjectUpdater } from './object-updater.ts';
import { applyPatch, readPatch } from './patch-request.ts';
import { fieldValidationOf, type ResourceContext } from './resource-context.ts';
import { overlayOf } from './subresource-overlay.ts';

/** Kinds whose deletion answers with the object instead of a Status, as upstream's do. */
const deletedObjectResources = new Set([
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumes',
  'persistentvolumeclaims',
  'podtemplates',
  'resourcequotas',
]);

/** The parts that the generic registry is made of. */
export interface RegistryParts {
  readonly reader: ObjectReader;
  readonly creator: ObjectCreator;
  readonly updater: ObjectUpdater;
  readonly deleter: ObjectDeleter;
  readonly decoder: ObjectDecoder;
  readonly clock: Clock;
}

/** Serves every resource of the table, and the subresources that are another view of the object itself. */
export class ResourceHandler {
  constructor(private readonly parts: RegistryParts) {}

  async handle(context: ResourceContext): Promise<ApiResponse> {
    switch (context.target.verb) {
      case 'get':
        return this.represent(context).object(await this.parts.reader.get(context));
      case 'list':
        return this.parts.reader.list(context, this.represent(context));
      case 'watch':
        return this.parts.reader.watch(context, this.represent(context));
      case 'create':
        return this.create(context);
      case 'update':
        return this.update(context);
      case 'patch':
        return this.patch(context);
      case 'delete':
        return this.delete(context);
      case 'deletecollection':
        return this.deleteCollection(context);
      default:
        throw methodNotAllowed(context.info, context.target.verb);
    }
  }

  represent({ request, info, stored }: ResourceContext): Representation {
    const { query } = request;
    return representationOf({
      info,
      stored,
      form: negotiate(request.header('accept')),
      clock: this.parts.clock,
      includeObject: includeObjectOf(query),
      pretty: ['true', '1'].includes(query.get('pretty') ?? ''),
    });
  }

  private async create(context: ResourceContext): Promise<ApiResponse> {
    if (context.target.name !== '') throw methodNotAllowed(context.info, 'create');
    const representation = this.represent(context);
    const { object, warnings } = this.parts.decoder.decode(context);
    const created = await this.parts.creator.create(context, object);
    return { ...representation.object(created, 201), warnings };
  }

  private async update(context: ResourceContext): Promise<ApiResponse> {
    const representation = this.represent(context);
    const { object, warnings } = this.parts.decoder.decode(context);
    const overlay = overlayOf(context.stored.resource, context.target.subresource);
    const { updater } = this.parts;
    const { object: written, outcome } =
      overlay === undefined
        ? await updater.replace(context, object)
        : await updater.modify(context, (current) => overlay(structuredClone(object), current.object));
    return { ...representation.object(written, outcome === 'created' ? 201 : 200), warnings };
  }

  private async patch(context: ResourceContext): Promise<ApiResponse> {
    const representation = this.represent(context);
    const { info, stored, request, target } = context;
    const patch = readPatch(request);
    const validation = fieldValidationOf(request.query);
    const overlay = overlayOf(stored.resource, target.subresource);
    let warnings: readonly string[] = [];
    const { object } = await this.parts.updater.modify(context, (current) => {
      const document = convertVersion(current.object, stored, info);
      const value = applyPatch(patch, document, info, info.typeName);
      const decoded = this.parts.decoder.fromValue({ value, duplicateFields: [] }, info, stored, validation);
      checkSameName(decoded.object, current.object);
      warnings = decoded.warnings;
      return overlay === undefined ? decoded.object : overlay(decoded.object, current.object);
    });
    return { ...representation.object(object), warnings };
  }

  private async delete(context: ResourceContext): Promise<ApiResponse> {
    const representation = this.represent(context);
    const options = deletionOptionsOf(context);
    const { object, outcome } = await this.parts.deleter.delete(context, options);
    const { stored } = context;
    const showsObject = stored.group === '' && deletedObjectResources.has(stored.resource);
    if (outcome !== 'deleted' || showsObject) {
      const accepted = outcome !== 'deleted' && options.orphanDependents === false;
      return representation.object(object, accepted ? 202 : 200);
    }
    return jsonResponse(deletedStatus(context.info, object));
  }

  private async deleteCollection(context: ResourceContext): Promise<ApiResponse> {
    const representation = this.represent(context);
    const chosen = await this.parts.reader.select(context);
    await this.parts.deleter.deleteAll(context, chosen, deletionOptionsOf(context));
    return representation.list(chosen, { resourceVersion: '' });
  }
}

function includeObjectOf(query: URLSearchParams): 'None' | 'Metadata' | 'Object' {
  const value = query.get('includeObject') ?? 'Metadata';
  if (value === 'None' || value === 'Metadata' || value === 'Object') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

function checkSameName(object: ApiObject, current: ApiObject): void {
  const { name } = object.metadata;
  if (name === current.metadata.name) return;
  throw badRequest(`the name of the object (${name}) does not match the name on the URL (${current.metadata.name})`);
}

/** Options come in the body, or in the query where there is no body. */
export function deletionOptionsOf({ request }: ResourceContext): DeletionOptions {
  const { query } = request;
  if (request.body.length > 0) {
    const { value } = decodeBody(request.body, request.header('content-type'));
    if (isRecord(value)) {
      for (const dryRun of Array.isArray(value.dryRun) ? value.dryRun : []) query.append('dryRun', String(dryRun));
      return value as DeletionOptions;
    }
  }
  const grace = query.get('gracePeriodSeconds');
  const orphan = query.get('orphanDependents');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
    ...(orphan !== null && { orphanDependents: orphan === 'true' }),
    ...(policy !== null && { propagationPolicy: policy as DeletionOptions['propagationPolicy'] }),
  };
}

function deletedStatus(info: ResourceInfo, { object }: CachedObject): Status {
  const { name, uid } = object.metadata;
  const details = { name, ...(info.group !== '' && { group: info.group }), kind: info.resource, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
