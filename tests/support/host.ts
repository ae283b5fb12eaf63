import { randomBytes, randomUUID } from 'node:crypto';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Host } from '../../shared/host/host.ts';
import { city } from './city.ts';

/**
 * The host of a function in tests: with these clients, this clock and the demo city.
 * @param clients one of each class that the function uses.
 */
export function testHost(clients: readonly object[], clock: { now: string }): Host {
  return {
    currentCity: () => city,
    connect: (Client) => {
      const found = clients.find((client) => client instanceof Client);
      if (!found) throw new Error(`this test has no ${Client.name}`);
      return found as InstanceType<typeof Client>;
    },
    now: () => clock.now,
    random: () => 0,
    newId: randomUUID,
    randomBytes,
    pause: () => Promise.resolve(),
    fetch,
    webhookCaller: (make) => make(),
  };
}

/** A Secrets Manager client with these secrets. */
export function secretsManager(secretOf: (name: string) => string): SecretsManagerClient {
  const client = new SecretsManagerClient({ region: 'us-east-1' });
  client.send = ((command: GetSecretValueCommand) =>
    Promise.resolve({ SecretString: secretOf(command.input.SecretId ?? '') })) as typeof client.send;
  return client;
}
