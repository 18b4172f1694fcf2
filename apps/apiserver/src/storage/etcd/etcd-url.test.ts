import { describe, expect, it } from '@jest/globals';
import { EtcdUrlError, parseEtcdUrl } from './etcd-url.ts';

describe('parseEtcdUrl', () => {
  it.each([
    ['etcd://127.0.0.1:2379', { endpoints: ['127.0.0.1:2379'], prefix: '', files: {} }],
    ['etcd://a', { endpoints: ['a:2379'], prefix: '', files: {} }],
    ['etcd://a:1,b:2,[::1]:3/', { endpoints: ['a:1', 'b:2', '[::1]:3'], prefix: '', files: {} }],
    ['etcd://a/one/two/', { endpoints: ['a:2379'], prefix: '/one/two', files: {} }],
    [
      'etcd://a/p?ca=/etc/ca.pem&cert=c.pem&key=k.pem',
      { endpoints: ['a:2379'], prefix: '/p', files: { ca: '/etc/ca.pem', cert: 'c.pem', key: 'k.pem' } },
    ],
  ])('reads %s', (url, expected) => {
    expect(parseEtcdUrl(url)).toEqual(expected);
  });

  it.each([
    ['http://a:2379', 'it does not begin with etcd://'],
    ['etcd://', 'it names no member'],
    ['etcd:///prefix', 'it names no member'],
    ['etcd://a:1,', '"" is not HOST:PORT'],
    ['etcd://user@a:1', '"user@a:1" is not HOST:PORT'],
    ['etcd://a:70000', 'there is no port 70000'],
    ['etcd://a:0', 'there is no port 0'],
    ['etcd://a?cert=x', 'cert and key belong together'],
    ['etcd://a?tls=yes', 'there is no parameter "tls"'],
    ['etcd://a?ca=x?y', 'it has more than one question mark'],
  ])('refuses %s and says why', (url, reason) => {
    expect(() => parseEtcdUrl(url)).toThrow(EtcdUrlError);
    expect(() => parseEtcdUrl(url)).toThrow(reason);
  });
});
