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
import { booleanParameter, integerParameter } from '../http/query-parameters.ts';
import { negotiate } from '../negotiation/accept.ts';
import { type Representation, representationOf } from '../negotiation/representation.ts';
import { decodeBody } from '../negotiation/request-body.ts';
import type { WatchHandler } from '../watch/watch-handler.ts';
import { ApplyRequest } from './apply-request.ts';
import type { DeletionOptions } from './deletion.ts';
import type { FieldTracker } from './field-tracker.ts';
import { isRecord } from './json-object.ts';
import type { ObjectCreator } from './object-creator.ts';
import type { ObjectDecoder } from './object-decoder.ts';
import type { ObjectDeleter } from './object-deleter.ts';
import { adoptName } from './object-metadata.ts';
import type { ObjectReader } from './object-reader.ts';
import type { ObjectUpdater } from './object-updater.ts';
import { dedupOwnerReferences } from './owner-references.ts';
import { applyPatch, type PatchRequest, patchFormOf, readPatch } from './patch-request.ts';
import type { ResourceContext } from './resource-context.ts';
import { overlayOf } from './subresource-overlay.ts';
import { checkWriteOptions } from './write-options.ts';

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
  readonly watches: WatchHandler;
  readonly creator: ObjectCreator;
  readonly updater: ObjectUpdater;
  readonly deleter: ObjectDeleter;
  readonly decoder: ObjectDecoder;
  readonly fields: FieldTracker;
  /** Throws `Forbidden` unless the user may create the object that a request for something else would make. */
  readonly mayCreate: (context: ResourceContext) => void;
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
        return this.parts.watches.watch(context, this.represent(context));
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
    checkWriteOptions(context, 'CreateOptions');
    const representation = this.represent(context);
    const { object, warnings } = this.parts.decoder.decode(context);
    dedupOwnerReferences(object, context.notes, 'asSent');
    const created = await this.parts.creator.create(context, object);
    return { ...representation.object(created, 201), warnings };
  }

  private async update(context: ResourceContext): Promise<ApiResponse> {
    checkWriteOptions(context, 'UpdateOptions');
    const representation = this.represent(context);
    const { object, warnings } = this.parts.decoder.decode(context);
    dedupOwnerReferences(object, context.notes, 'asSent');
    const overlay = overlayOf(context.stored, context.target.subresource);
    const { updater } = this.parts;
    const { object: written, outcome } =
      overlay === undefined
        ? await updater.replace(context, object)
        : await updater.modify(context, (current) => overlay(structuredClone(object), current.object));
    return { ...representation.object(written, outcome === 'created' ? 201 : 200), warnings };
  }

  private async patch(context: ResourceContext): Promise<ApiResponse> {
    const representation = this.represent(context);
    checkWriteOptions(context, patchFormOf(context) === 'apply' ? 'ApplyOptions' : 'PatchOptions');
    const patch = readPatch(context);
    if (patch.form === 'apply') return this.apply(context, patch, representation);
    const { info, stored, target } = context;
    const overlay = overlayOf(stored, target.subresource);
    let warnings: readonly string[] = [];
    const { object } = await this.parts.updater.modify(context, (current) => {
      const document = convertVersion(current.object, stored, info);
      const decoded = this.parts.decoder.decodePatched(applyPatch(patch, document, context, info.typeName), context);
      checkSameAddress(decoded.object, context);
      warnings = decoded.warnings;
      return overlay === undefined ? decoded.object : overlay(decoded.object, current.object);
    });
    return { ...representation.object(object), warnings };
  }

  private async apply(
    context: ResourceContext,
    patch: PatchRequest,
    representation: Representation,
  ): Promise<ApiResponse> {
    const { stored, target } = context;
    const { updater, fields, decoder } = this.parts;
    const request = new ApplyRequest(context, patch, fields, decoder);
    const overlay = overlayOf(stored, target.subresource);
    const { object, outcome } = await updater.apply(context, async (current) => {
      if (current === undefined) this.parts.mayCreate(context);
      const applied = await request.appliedTo(current?.object);
      checkSameAddress(applied, context);
      if (overlay === undefined || current === undefined) return applied;
      const laid = overlay(applied, current.object);
      const { managedFields } = applied.metadata;
      return { ...laid, metadata: { ...laid.metadata, managedFields } } as ApiObject;
    });
    return representation.object(object, outcome === 'created' ? 201 : 200);
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

/** A patch cannot move an object. */
function checkSameAddress(object: ApiObject, context: ResourceContext): void {
  const { info, target } = context;
  const { namespace = '' } = object.metadata;
  if (info.namespaced && namespace !== '' && namespace !== target.namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  adoptName(object, context);
}

/** Options come in the body, or in the query where there is no body. */
export function deletionOptionsOf({ request }: ResourceContext): DeletionOptions {
  const { query } = request;
  if (request.body.length > 0) {
    const { value } = decodeBody(request.body, request.header('content-type'), 'DeleteOptions');
    if (!isRecord(value)) throw badRequest('the options of a deletion must be an object');
    for (const dryRun of Array.isArray(value.dryRun) ? value.dryRun : []) query.append('dryRun', String(dryRun));
    return value as DeletionOptions;
  }
  const grace = integerParameter(query, 'gracePeriodSeconds', { bits: 64 });
  const orphan = booleanParameter(query, 'orphanDependents');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(orphan !== undefined && { orphanDependents: orphan }),
    ...(policy !== null && { propagationPolicy: policy as DeletionOptions['propagationPolicy'] }),
  };
}

function deletedStatus(info: ResourceInfo, { object }: CachedObject): Status {
  const { name, uid } = object.metadata;
  const details = { name, ...(info.group !== '' && { group: info.group }), kind: info.resource, uid };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
}
