import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { reachOf, reachOfHost } from '../../shared/webhook/addresses.ts';
import { webhookCaller, WebhookRefused, type Resolve } from '../../shared/webhook/call.ts';

describe('the class of an address', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['223.5.5.5', 'public'],
    ['2400:3200::1', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['10.1.2.3', 'intranet'],
    ['172.16.0.1', 'intranet'],
    ['172.31.255.255', 'intranet'],
    ['192.168.0.1', 'intranet'],
    ['127.0.0.1', 'intranet'],
    ['127.255.255.254', 'intranet'],
    ['::1', 'intranet'],
    ['100.64.0.1', 'intranet'],
    ['fd00:ec2::254', 'intranet'],
    ['::ffff:10.0.0.1', 'intranet'],
    ['::ffff:7f00:1', 'intranet'],
    ['0.0.0.0', 'never'],
    ['0.1.2.3', 'never'],
    ['169.254.169.254', 'never'],
    ['::ffff:169.254.169.254', 'never'],
    ['fe80::1', 'never'],
    ['::', 'never'],
    ['::7f00:1', 'never'],
    ['::ffff:0:127.0.0.1', 'never'],
    ['64:ff9b::7f00:1', 'never'],
    ['64:ff9b:1::a00:1', 'never'],
    ['2002:7f00:1::', 'never'],
    ['2001::1', 'never'],
    ['fec0::1', 'never'],
    ['224.0.0.1', 'never'],
    ['ff02::1', 'never'],
    ['255.255.255.255', 'never'],
    ['240.0.0.1', 'never'],
    ['192.0.2.1', 'never'],
    ['198.18.0.1', 'never'],
    ['2001:db8::1', 'never'],
    ['4000::1', 'never'],
  ])('%s: %s', (address, reach) => {
    expect(reachOf(address)).toBe(reach);
  });

  it.each([
    ['http://2130706433/', 'intranet'],
    ['http://0x7f.1/', 'intranet'],
    ['http://0177.0.0.1/', 'intranet'],
    ['http://127.1/', 'intranet'],
    ['http://127.0.0.1./', 'intranet'],
    ['http://１２７.0.0.1/', 'intranet'],
    ['http://[::1]/', 'intranet'],
    ['http://[::ffff:127.0.0.1]/', 'intranet'],
    ['http://localhost/', 'intranet'],
    ['http://LOCALHOST./', 'intranet'],
    ['http://a.localhost/', 'intranet'],
    ['http://0xa9fea9fe/', 'never'],
    ['http://0/', 'never'],
    ['http://user@8.8.8.8:80/', 'public'],
    ['http://notlocalhost/', undefined],
    ['http://10.0.0.1.example.org/', undefined],
  ])('%s: %s', (url, reach) => {
    expect(reachOfHost(url)).toBe(reach);
  });

  it('is the same for every spelling of an IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.constantFrom('decimal', 'hex', 'octal', 'mapped'), (address, spelling) => {
        const bytes = address.split('.').map(Number);
        const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
        const host = {
          decimal: String(value),
          hex: `0x${value.toString(16)}`,
          octal: bytes.map((byte) => `0${byte.toString(8)}`).join('.'),
          mapped: `[::ffff:${address}]`,
        }[spelling];
        expect(reachOfHost(`http://${host}/`)).toBe(reachOf(address));
      }),
    );
  });
});

describe('calling a webhook', () => {
  let server: Server;
  let port: number;
  let hosts: (string | undefined)[] = [];
  let respond: (response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((request, response) => {
      hosts.push(request.headers.host);
      respond(response);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    hosts = [];
    respond = (response) => response.end('taken');
  });

  const message = { body: '{}' };
  const leading = (...addresses: string[]): Resolve =>
    vi.fn<Resolve>(() =>
      Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
    );

  it('connects to an allowed address under its host name', async () => {
    const call = webhookCaller(leading('127.0.0.1'));
    const url = `http://tickets.example:${port}/hook`;
    expect(await call({ url, intranet: true }, message)).toEqual({ status: 200, body: 'taken' });
    expect(hosts).toEqual([`tickets.example:${port}`]);
  });

  it.each([
    ['https to a name that leads to this machine', 'https://tickets.example', ['127.0.0.1'], false],
    [
      'https to a name with one private address of two',
      'https://tickets.example',
      ['8.8.8.8', '10.0.0.1'],
      false,
    ],
    ['https to a name that leads to IPv6 loopback', 'https://tickets.example', ['::1'], false],
    [
      'https to a name that leads to a mapped address',
      'https://tickets.example',
      ['::ffff:127.0.0.1'],
      false,
    ],
    ['https to a literal', 'https://127.0.0.1', [], false],
    ['https to a number', 'https://2130706433', [], false],
    ['http to a public name', 'http://tickets.example', ['8.8.8.8'], false],
    ['metadata, though it is said to be near', 'http://169.254.169.254', [], true],
    [
      'metadata under a name, though it is said to be near',
      'http://tickets.example',
      ['169.254.169.254'],
      true,
    ],
    ['the unspecified address, though it is said to be near', 'http://tickets.example', ['0.0.0.0'], true],
  ])('refuses %s, and connects to nobody', async (_, origin, addresses, intranet) => {
    const call = webhookCaller(leading(...addresses));
    await expect(call({ url: `${origin}:${port}/hook`, intranet }, message)).rejects.toThrow(WebhookRefused);
    expect(hosts).toEqual([]);
  });

  it('resolves the name once, so later DNS changes do not matter', async () => {
    const addresses = ['127.0.0.1', '169.254.169.254'];
    const resolve = vi.fn<Resolve>(() => Promise.resolve([{ address: addresses.shift() ?? '', family: 4 }]));
    const url = `http://rebinding.example:${port}/hook`;
    await webhookCaller(resolve)({ url, intranet: true }, message);
    expect(resolve).toHaveBeenCalledTimes(1);
    // The next call asks again, and judges again: no connection is kept.
    await expect(webhookCaller(resolve)({ url, intranet: true }, message)).rejects.toThrow(WebhookRefused);
    expect(hosts).toHaveLength(1);
  });

  it('does not follow redirects', async () => {
    respond = (response) => response.writeHead(307, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
    const url = `http://127.0.0.1:${port}/hook`;
    expect(await webhookCaller()({ url, intranet: true }, message)).toMatchObject({ status: 307 });
    expect(hosts).toHaveLength(1);
  });

  it('reads only the beginning of an endless response', async () => {
    let isCutOff = false;
    respond = (response) => {
      response.on('close', () => (isCutOff = true));
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    };
    const { body } = await webhookCaller()({ url: `http://127.0.0.1:${port}/`, intranet: true }, message);
    expect(body).toBe('x'.repeat(16 * 1024));
    await vi.waitUntil(() => isCutOff);
  });

  it('fails when the name has no address', async () => {
    const call = webhookCaller(() => Promise.reject(new Error('ENOTFOUND')));
    const failed = call({ url: 'https://gone.example/' }, message);
    await expect(failed).rejects.toThrow('ENOTFOUND');
    await expect(failed).rejects.not.toThrow(WebhookRefused);
  });
});
