import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Pod } from '@orrery/api';
import { VirtualTime } from '@orrery/runtime';
import { type QueuedPod, SchedulingQueue } from './scheduling-queue.ts';

function pod(name: string, priority = 0): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [], priority },
    status: {},
  };
}

describe('the scheduling queue', () => {
  let time: VirtualTime;
  let queue: SchedulingQueue;
  let ready: number;

  const takeNames = (): string[] => {
    const names: string[] = [];
    for (let next = queue.take(); next; next = queue.take()) names.push(next.pod.metadata.name);
    return names;
  };
  const fail = (): void => queue.failed(queue.take() as QueuedPod);

  beforeEach(() => {
    time = new VirtualTime();
    ready = 0;
    queue = new SchedulingQueue(time, time, () => {
      ready += 1;
    });
  });

  it('hands out by priority, then in order of arrival', () => {
    for (const [name, priority] of [
      ['a', 0],
      ['b', 10],
      ['c', 0],
      ['d', 10],
    ] as const)
      queue.add(pod(name, priority));
    expect(takeNames()).toEqual(['b', 'd', 'a', 'c']);
  });

  it('keeps a pod that fits nowhere until the cluster changes', async () => {
    queue.add(pod('a'));
    fail();
    await time.advance('1m');
    expect(takeNames()).toEqual([]);
    queue.clusterChanged();
    expect(takeNames()).toEqual(['a']);
  });

  it('lets a pod wait 1, 2, 4, 8 and then 10 seconds between attempts', async () => {
    queue.add(pod('a'));
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      fail();
      queue.clusterChanged();
      await time.advance(seconds * 1000 - 1);
      expect(takeNames()).toEqual([]);
      await time.advance(1);
      expect(ready).toBeGreaterThan(0);
    }
    expect(takeNames()).toEqual(['a']);
  });

  it('does not lose a change that happens while a pod is being tried', async () => {
    queue.add(pod('a'));
    const taken = queue.take() as QueuedPod;
    queue.clusterChanged();
    queue.failed(taken);
    await time.advance('1s');
    expect(takeNames()).toEqual(['a']);
  });

  it('tries a pod again after five minutes even when nothing happened', async () => {
    queue.add(pod('a'));
    fail();
    await time.advance('5m');
    await time.advance('1s');
    expect(takeNames()).toEqual(['a']);
  });

  it('forgets a pod that is gone, wherever it waits', () => {
    queue.add(pod('a'));
    queue.remove('a');
    expect(takeNames()).toEqual([]);
    queue.add(pod('b'));
    const taken = queue.take() as QueuedPod;
    queue.remove('b');
    queue.failed(taken);
    expect(queue.size).toBe(0);
  });
});
