import { describe, expect, it } from '@jest/globals';
import { memberOfPeerUrl, peerUrlOf } from './member-urls.ts';

describe('peer URLs', () => {
  it.each(['storage-1', 'a.b', 'x_1'])('name the member %s', (member) => {
    expect(memberOfPeerUrl(peerUrlOf(member))).toBe(member);
  });

  it.each(['', 'storage-4', 'ftp://storage-4:2380', 'http://storage-4', 'http://storage-4:2380/path', 'http://:2380'])(
    'refuses "%s"',
    (url) => {
      expect(memberOfPeerUrl(url)).toBeUndefined();
    },
  );
});
