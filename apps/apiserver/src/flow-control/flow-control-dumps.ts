import { formatMicroTime } from '@orrery/runtime';
import { type ApiResponse, textResponse } from '../http/api-response.ts';
import type { FlowController } from './flow-controller.ts';
import type { PendingRequest } from './pending-request.ts';
import type { PriorityLevel } from './priority-level.ts';

const prefix = '/debug/api_priority_and_fairness/';
const levelColumns = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];
const queueColumns = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];
const requestColumns = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
const detailColumns = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource'];
const never = '0001-01-01T00:00:00Z';

/** What flow control is doing, as upstream's `/debug/api_priority_and_fairness/dump_*` tell it. */
export class FlowControlDumps {
  constructor(private readonly controller: FlowController) {}

  /** `undefined` for a path that is none of them. */
  answer(path: string, query: URLSearchParams): ApiResponse | undefined {
    switch (path) {
      case `${prefix}dump_priority_levels`:
        return table([levelColumns, ...this.controller.levels.map(levelRow)]);
      case `${prefix}dump_queues`:
        return table([queueColumns, ...this.controller.levels.flatMap(queueRows)]);
      case `${prefix}dump_requests`: {
        const details = query.get('includeRequestDetails') === '1';
        const columns = details ? [...requestColumns, ...detailColumns] : requestColumns;
        return table([columns, ...this.controller.levels.flatMap((level) => this.requestRows(level, details))]);
      }
      default:
        return undefined;
    }
  }

  private requestRows({ name, queues }: PriorityLevel, details: boolean): string[][] {
    const row = (request: PendingRequest, queue: number, position: number): string[] => [
      name,
      request.schemaName,
      String(queue),
      String(position),
      request.flow.distinguisher,
      formatMicroTime(request.arrivedAt),
      String(request.seats),
      '0',
      '0s',
      request.startedAt === undefined ? never : formatMicroTime(request.arrivedAt),
      ...(details ? detailsOf(request) : []),
    ];
    const waiting = queues.states.flatMap((queue) =>
      queue.waiting.map((request, position) => row(request as PendingRequest, queue.index, position)),
    );
    return [...[...queues.executingRequests].map((request) => row(request, -1, -1)), ...waiting];
  }
}

function levelRow(level: PriorityLevel): string[] {
  const { queues } = level;
  const active = queues.states.filter(({ waiting, requestsExecuting }) => waiting.length + requestsExecuting > 0);
  return [
    level.name,
    String(active.length),
    String(queues.requestsExecuting + queues.requestsWaiting === 0),
    'false',
    String(queues.requestsWaiting),
    String(queues.requestsExecuting),
    String(level.dispatched),
    String(level.rejected),
    String(level.timedOut),
    String(level.cancelled),
  ];
}

function queueRows({ name, queues }: PriorityLevel): string[][] {
  return queues.states.map((queue) => {
    const seats = queue.waiting.reduce((sum, request) => sum + request.seats, 0);
    return [
      name,
      String(queue.index),
      String(queue.waiting.length),
      String(queue.requestsExecuting),
      String(queue.seatsInUse),
      `${queue.nextDispatchAt.toFixed(8)}ss`,
      String(seats),
      String(seats),
      `${(seats * 0.003).toFixed(8)}ss`,
    ];
  });
}

function detailsOf({ user, target }: PendingRequest): string[] {
  if (target.kind === 'path') return [user.name, target.verb, target.path, '', '', '', '', ''];
  const { verb, path, namespace, name, version, resource, subresource } = target;
  return [user.name, verb, path, namespace, name, version, resource, subresource];
}

/** Columns under each other, as upstream's tab writer sets them. */
function table(rows: readonly (readonly string[])[]): ApiResponse {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length + 2)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : `${cell},`.padEnd(widths[column] ?? 0))).join(''),
  );
  return textResponse(`${lines.join('\n')}\n`);
}
