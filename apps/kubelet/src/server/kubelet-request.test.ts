import { describe, expect, it } from '@jest/globals';
import { parseKubeletRequest } from './kubelet-request.ts';

const path = { namespace: 'default', pod: 'web', container: 'main' };

describe('parseKubeletRequest', () => {
  const cases: [string, unknown][] = [
    ['/healthz', { kind: 'healthz' }],
    ['/nonsense/a/b', undefined],
    ['/containerLogs/default/web', undefined],
    [
      '/containerLogs/default/web/main?follow=true&tailLines=5&limitBytes=9&timestamps=true&sinceSeconds=10',
      {
        kind: 'logs',
        path,
        options: {
          previous: false,
          follow: true,
          timestamps: true,
          stream: 'all',
          since: 90_000,
          tailLines: 5,
          limitBytes: 9,
        },
      },
    ],
    [
      '/exec/default/web/main?command=sh&command=-c&input=1&output=1&tty=1',
      {
        kind: 'stream',
        request: { kind: 'exec', path, command: ['sh', '-c'], tty: true, stdin: true, stdout: true, stderr: false },
      },
    ],
    [
      '/portForward/default/web?port=80,81',
      { kind: 'stream', request: { kind: 'portForward', namespace: 'default', pod: 'web', ports: [80, 81] } },
    ],
  ];
  it.each(cases)('%s', (target, expected) => expect(parseKubeletRequest(target, 100_000)).toEqual(expected));
});
