/**
 * The yardstick of GET: a route of Fastify's that sends the same bytes to everybody. Prints its port.
 *
 *   node fastify-server.ts <file with the bytes> <file with key and certificate as PEM>
 */
import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';

const [bodyFile = '', pemFile = ''] = process.argv.slice(2);
const body = readFileSync(bodyFile);
const pem = readFileSync(pemFile, 'utf8');
const server = fastify({ https: { key: pem, cert: pem } });
server.get('/*', (_, reply) => reply.type('application/json').send(body));
const address = await server.listen({ port: 0, host: '127.0.0.1' });
process.stdout.write(`${new URL(address).port}\n`);
process.once('SIGTERM', () => process.exit(0));
