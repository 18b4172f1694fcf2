export * from './iptables-packet-filter.ts';
export * from './packet-filter.ts';
