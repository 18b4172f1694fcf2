import { formatMicroTime, type Host } from '@orrery/runtime';
import type { UserInfo } from '../authentication/user-info.ts';
import type { ApiRequest } from '../http/api-request.ts';
import { type ApiResponse, bodyChunks, type ResponseBody } from '../http/api-response.ts';
import type { RequestNotes } from '../registry/request-notes.ts';
import type { RequestInfo } from '../request-info/request-info.ts';
import {
  type AuditDecision,
  type AuditLevel,
  type AuditPolicy,
  type AuditStage,
  auditDecision,
} from './audit-policy.ts';
import type { AuditSink } from './audit-sink.ts';

/** Bytes of a body that are written down; a larger one is left out. */
const bodyBytesMax = 3 * 1024 * 1024;

/** What the pipeline knows of a request when its audit begins. */
export interface AuditedRequest {
  readonly request: ApiRequest;
  readonly target: RequestInfo;
  readonly auditId: string;
  readonly notes: RequestNotes;
  readonly user: UserInfo;
  readonly longRunning: boolean;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

/** Counts what is written, by level. */
export type AuditCounter = (level: AuditLevel) => void;

/** Writes down what happens, as far as the policy wants to know: `Event` of `audit.k8s.io/v1`, one JSON line each. */
export class AuditTrail {
  constructor(
    private readonly policy: AuditPolicy,
    private readonly sink: AuditSink,
    private readonly clock: Host['clock'],
    private readonly counted: AuditCounter,
  ) {}

  /** `undefined` where the policy does not care for the request. */
  begin(audited: AuditedRequest): AuditRecord | undefined {
    const decision = auditDecision(this.policy, audited.user, audited.target);
    this.counted(decision.level);
    if (decision.level === 'None') return undefined;
    const record = new AuditRecord(audited, decision, this.sink, this.clock);
    record.write('RequestReceived');
    return record;
  }
}

/** The events of one request. */
export class AuditRecord {
  private impersonated: UserInfo | undefined;

  constructor(
    private readonly audited: AuditedRequest,
    private readonly decision: AuditDecision,
    private readonly sink: AuditSink,
    private readonly clock: Host['clock'],
  ) {}

  actsAs(user: UserInfo): void {
    this.impersonated = user;
  }

  /** The same answer, which is written down when it has been given. */
  answered(response: ApiResponse): ApiResponse {
    const { body } = response;
    if (body instanceof Uint8Array || !(Symbol.asyncIterator in body)) {
      this.write('ResponseComplete', response, this.level('RequestResponse') ? objectIn(body) : undefined);
      return response;
    }
    if (this.audited.longRunning) this.write('ResponseStarted', response);
    return { ...response, body: this.untilComplete(body, response) };
  }

  write(stage: AuditStage, response?: ApiResponse, responseObject?: unknown): void {
    if (this.decision.omitStages.has(stage)) return;
    const { request, target, auditId, notes, user, receivedAt } = this.audited;
    const query = request.query.toString();
    const event = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.decision.level,
      auditID: auditId,
      stage,
      requestURI: query === '' ? request.path : `${request.path}?${query}`,
      verb: target.verb,
      user: userFields(user),
      impersonatedUser: this.impersonated && userFields(this.impersonated),
      sourceIPs: request.remoteAddress === undefined ? undefined : [request.remoteAddress],
      userAgent: request.header('user-agent'),
      objectRef: target.kind === 'resource' ? objectRef(target) : undefined,
      responseStatus: response && { metadata: {}, code: response.status },
      requestObject:
        this.level('Request') && stage !== 'RequestReceived' ? this.bare(objectIn(request.body)) : undefined,
      responseObject: this.bare(responseObject),
      requestReceivedTimestamp: formatMicroTime(receivedAt),
      stageTimestamp: formatMicroTime(this.clock.now()),
      annotations: notes.annotations.size > 0 ? Object.fromEntries(notes.annotations) : undefined,
    };
    this.sink.write(JSON.stringify(event));
  }

  private async *untilComplete(body: ResponseBody, response: ApiResponse): AsyncIterable<Uint8Array> {
    try {
      yield* bodyChunks(body);
    } finally {
      this.write('ResponseComplete', response);
    }
  }

  private level(wanted: AuditLevel): boolean {
    return this.decision.level === 'RequestResponse' || this.decision.level === wanted;
  }

  private bare(object: unknown): unknown {
    if (!this.decision.omitManagedFields || typeof object !== 'object' || object === null) return object;
    const { metadata } = object as { metadata?: { managedFields?: unknown } };
    if (metadata?.managedFields === undefined) return object;
    return { ...object, metadata: { ...metadata, managedFields: undefined } };
  }
}

/** A body as JSON, where it is that and not too large. */
function objectIn(body: Uint8Array | readonly Uint8Array[]): unknown {
  const bytes = body instanceof Uint8Array ? body : Buffer.concat(body);
  if (bytes.length === 0 || bytes.length > bodyBytesMax) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

function userFields({ name, uid, groups, extra }: UserInfo): Record<string, unknown> {
  return { username: name, uid, groups, extra };
}

function objectRef(target: Extract<RequestInfo, { kind: 'resource' }>): Record<string, unknown> {
  const { resource, namespace, name, group, version, subresource } = target;
  return {
    resource,
    namespace: namespace || undefined,
    name: name || undefined,
    apiGroup: group || undefined,
    apiVersion: version,
    subresource: subresource || undefined,
  };
}
