import { describe, expect, it } from '@jest/globals';
import { type QueuedRequest, QueueSet, type QueuingOptions } from './queue-set.ts';
import { flowHash } from './shuffle-sharding.ts';

interface Named extends QueuedRequest {
  readonly name: string;
}

function request(name: string, flow = 'a', seats = 1): Named {
  return { name, seats, flowHash: flowHash('schema', flow) };
}

const oneQueue: QueuingOptions = { queues: 1, handSize: 1, queueLengthMax: 2 };
const queuing: QueuingOptions = { queues: 64, handSize: 4, queueLengthMax: 2 };

describe('a queue set', () => {
  it('runs what there are seats for, and lets the rest wait its turn', () => {
    const set = new QueueSet<Named>(2, queuing);
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => request(name, name)) as [Named, Named, Named, Named];
    expect([a, b, c, d].map((each) => set.arrive(each, 0))).toEqual(['dispatched', 'dispatched', 'queued', 'queued']);
    expect(set.finish(a, 1, 1)).toEqual([c]);
    expect(set.finish(b, 1, 1)).toEqual([d]);
    expect(set.finish(c, 1, 2)).toEqual([]);
    expect([set.requestsExecuting, set.requestsWaiting, set.seatsInUse]).toEqual([1, 0, 1]);
  });

  it('refuses what finds its queues full', () => {
    const set = new QueueSet<Named>(1, oneQueue);
    const arrivals = ['a', 'b', 'c', 'd'].map((name) => set.arrive(request(name), 0));
    expect(arrivals).toEqual(['dispatched', 'queued', 'queued', 'queue-full']);
  });

  it('without queues refuses what cannot run at once', () => {
    const set = new QueueSet<Named>(1, undefined);
    const first = request('a');
    expect(set.arrive(first, 0)).toBe('dispatched');
    expect(set.arrive(request('b'), 0)).toBe('concurrency-limit');
    set.finish(first, 1, 1);
    expect(set.arrive(request('c'), 1)).toBe('dispatched');
  });

  it('gives a quiet flow its turn before a greedy one that came first', () => {
    const set = new QueueSet<Named>(1, { queues: 64, handSize: 4, queueLengthMax: 100 });
    const greedy = Array.from({ length: 20 }, (_, index) => request(`greedy-${index}`, 'greedy'));
    for (const each of greedy) set.arrive(each, 0);
    const quiet = request('quiet', 'quiet');
    expect(set.arrive(quiet, 0)).toBe('queued');
    const order: string[] = [];
    let running: Named | undefined = greedy[0];
    for (let now = 1; running !== undefined; now += 1) {
      order.push(running.name);
      [running] = set.finish(running, 1, now);
    }
    expect(order).toHaveLength(21);
    // Four of the greedy flow's queues, each with one request at the same moment, are before it at most.
    expect(order.indexOf('quiet')).toBeLessThanOrEqual(5);
  });

  it('lets a request run alone that is wider than everything', () => {
    const set = new QueueSet<Named>(2, queuing);
    const small = request('small');
    const wide = request('wide', 'b', 10);
    set.arrive(small, 0);
    expect(set.arrive(wide, 0)).toBe('queued');
    expect(set.finish(small, 1, 1)).toEqual([wide]);
    expect(set.arrive(request('later'), 1)).toBe('queued');
  });

  it('forgets who gives up waiting', () => {
    const set = new QueueSet<Named>(1, queuing);
    const [first, waiting] = [request('a'), request('b')];
    set.arrive(first, 0);
    set.arrive(waiting, 0);
    expect(set.leave(waiting)).toBe(true);
    expect(set.leave(first)).toBe(false);
    expect(set.finish(first, 1, 1)).toEqual([]);
    expect(set.seatDemand).toBe(0);
  });

  it('starts what fits when it gets more seats, and keeps what waits when it loses its queues', () => {
    const set = new QueueSet<Named>(1, oneQueue);
    const all = ['a', 'b', 'c'].map((name) => request(name, name));
    for (const each of all) set.arrive(each, 0);
    expect(set.configure(2, oneQueue, 1)).toEqual([all[1]]);
    expect(set.configure(2, undefined, 1)).toEqual([]);
    expect(set.finish(all[0] as Named, 1, 2)).toEqual([all[2]]);
  });
});
