import { dealHand } from './shuffle-sharding.ts';

/** One request on its way through a priority level. */
export interface QueuedRequest {
  /** Seats that it occupies while it runs; at least 1. */
  readonly seats: number;
  /** Chooses its queues. */
  readonly flowHash: number;
}

export interface QueuingOptions {
  readonly queues: number;
  readonly handSize: number;
  /** Requests that may wait in one queue. */
  readonly queueLengthMax: number;
}

export type Arrival = 'dispatched' | 'queued' | 'queue-full' | 'concurrency-limit';

interface Queue<R extends QueuedRequest> {
  readonly index: number;
  readonly waiting: R[];
  /** Seat-seconds of service after which the head would have been served if all queues were served at the same pace. */
  nextDispatchAt: number;
  seatsInUse: number;
  requestsExecuting: number;
}

export interface QueueState {
  readonly index: number;
  readonly waiting: readonly QueuedRequest[];
  readonly requestsExecuting: number;
  readonly seatsInUse: number;
  readonly nextDispatchAt: number;
}

/** What a request is taken to need, in seconds, until it is done: upstream's guess. */
const serviceGuessSeconds = 0.003;

/**
 * Fair queuing for one priority level: flows are spread over queues by shuffle sharding, and the queue that has had the least service goes first. Pure: says
 * what may run now, and is told what has finished. Without queuing options what cannot run at once is refused.
 */
export class QueueSet<R extends QueuedRequest> {
  private queues: Queue<R>[] = [];
  private readonly executing = new Map<R, Queue<R> | undefined>();
  private seats = 0;
  private waitingCount = 0;
  private waitingSeats = 0;
  /** The service that a queue would have had by now had it always been busy. */
  private progress = 0;
  private progressAt = 0;

  /** `seatsMax` may be `Infinity`: then nothing ever waits. */
  constructor(
    private seatsMax: number,
    private queuing: QueuingOptions | undefined,
  ) {
    this.resize();
  }

  get seatsInUse(): number {
    return this.seats;
  }

  get seatsLimit(): number {
    return this.seatsMax;
  }

  get requestsExecuting(): number {
    return this.executing.size;
  }

  get requestsWaiting(): number {
    return this.waitingCount;
  }

  /** Seats that requests have or would have. */
  get seatDemand(): number {
    return this.seats + this.waitingSeats;
  }

  get executingRequests(): Iterable<R> {
    return this.executing.keys();
  }

  get states(): readonly QueueState[] {
    return this.queues;
  }

  /** Other limits; what waits goes on waiting. Answers the requests that may run now. */
  configure(seatsMax: number, queuing: QueuingOptions | undefined, nowSeconds: number): R[] {
    this.seatsMax = seatsMax;
    this.queuing = queuing;
    this.resize();
    return this.dispatch(nowSeconds);
  }

  /** Takes a request in. `dispatched`: it runs from now on. `queued`: a later `finish`, `leave` or `configure` lets it run. */
  arrive(request: R, nowSeconds: number): Arrival {
    if (this.queuing === undefined) {
      if (!this.hasRoomFor(request)) return 'concurrency-limit';
      this.execute(request, undefined);
      return 'dispatched';
    }
    const queue = this.shortestQueue(request, this.queuing);
    if (queue.waiting.length >= this.queuing.queueLengthMax && !this.hasRoomFor(request)) return 'queue-full';
    this.advance(nowSeconds);
    if (queue.waiting.length === 0 && queue.requestsExecuting === 0) {
      queue.nextDispatchAt = Math.max(queue.nextDispatchAt, this.progress);
    }
    queue.waiting.push(request);
    this.waitingCount += 1;
    this.waitingSeats += request.seats;
    return this.dispatch(nowSeconds).includes(request) ? 'dispatched' : 'queued';
  }

  /** A running request is done. Answers the requests that may run now. */
  finish(request: R, serviceSeconds: number, nowSeconds: number): R[] {
    if (!this.executing.has(request)) return [];
    this.advance(nowSeconds);
    const queue = this.executing.get(request);
    this.executing.delete(request);
    this.seats -= request.seats;
    if (queue !== undefined) {
      queue.seatsInUse -= request.seats;
      queue.requestsExecuting -= 1;
      queue.nextDispatchAt += (serviceSeconds - serviceGuessSeconds) * request.seats;
    }
    return this.dispatch(nowSeconds);
  }

  /** A waiting request gives up. False where it does not wait. */
  leave(request: R): boolean {
    for (const queue of this.queues) {
      const at = queue.waiting.indexOf(request);
      if (at < 0) continue;
      queue.waiting.splice(at, 1);
      this.waitingCount -= 1;
      this.waitingSeats -= request.seats;
      return true;
    }
    return false;
  }

  private resize(): void {
    const wanted = this.queuing?.queues ?? 0;
    while (this.queues.length < wanted) {
      const index = this.queues.length;
      this.queues.push({ index, waiting: [], nextDispatchAt: 0, seatsInUse: 0, requestsExecuting: 0 });
    }
    // Queues beyond the wanted number get nothing new and go when they are empty.
    while (this.queues.length > wanted && this.queues[this.queues.length - 1]?.waiting.length === 0) this.queues.pop();
  }

  private shortestQueue({ flowHash }: R, { queues, handSize }: QueuingOptions): Queue<R> {
    let best: Queue<R> | undefined;
    for (const card of dealHand(flowHash, queues, handSize)) {
      const queue = this.queues[card];
      if (queue !== undefined && (best === undefined || loadOf(queue) < loadOf(best))) best = queue;
    }
    if (best === undefined) throw new RangeError('a hand has at least one card');
    return best;
  }

  /** A request that is wider than the whole level runs alone. */
  private hasRoomFor({ seats }: R): boolean {
    return this.seats === 0 || this.seats + seats <= this.seatsMax;
  }

  private dispatch(nowSeconds: number): R[] {
    const started: R[] = [];
    for (;;) {
      const queue = this.nextQueue();
      const head = queue?.waiting[0];
      if (queue === undefined || head === undefined || !this.hasRoomFor(head)) return started;
      this.advance(nowSeconds);
      queue.waiting.shift();
      this.waitingCount -= 1;
      this.waitingSeats -= head.seats;
      queue.nextDispatchAt += serviceGuessSeconds * head.seats;
      this.execute(head, queue);
      started.push(head);
    }
  }

  private execute(request: R, queue: Queue<R> | undefined): void {
    this.executing.set(request, queue);
    this.seats += request.seats;
    if (queue === undefined) return;
    queue.seatsInUse += request.seats;
    queue.requestsExecuting += 1;
  }

  private nextQueue(): Queue<R> | undefined {
    if (this.waitingCount === 0) return undefined;
    let next: Queue<R> | undefined;
    for (const queue of this.queues) {
      if (queue.waiting.length === 0) continue;
      if (next === undefined || queue.nextDispatchAt < next.nextDispatchAt) next = queue;
    }
    return next;
  }

  /** Lets virtual service pass: what the level's seats give, shared by the queues that are busy. */
  private advance(nowSeconds: number): void {
    const passed = Math.max(0, nowSeconds - this.progressAt);
    this.progressAt = nowSeconds;
    if (passed === 0 || this.seats === 0) return;
    const busy = this.queues.filter(({ waiting, requestsExecuting }) => waiting.length + requestsExecuting > 0).length;
    this.progress += (passed * Math.min(this.seatDemand, this.seatsMax)) / Math.max(1, busy);
  }
}

function loadOf({ waiting, seatsInUse }: Queue<QueuedRequest>): number {
  return waiting.reduce((sum, { seats }) => sum + seats, seatsInUse);
}
