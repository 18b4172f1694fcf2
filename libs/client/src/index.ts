export * from './api/api-client.ts';
export * from './informer/informer.ts';
