import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError } from 'commander';
import { formatCredential, hashPassword } from '../../listen/mqtt/credentials.ts';
import { TOPIC_IDENT } from '../../listen/mqtt/topics.ts';
import { note, say, type Io } from '../console-io.ts';

const PASSWORD_BYTES = 18;

function identArgument(text: string): string {
  if (!TOPIC_IDENT.test(text)) throw new InvalidArgumentError('An ident is 1 to 64 of A-Z a-z 0-9 . _ : -');
  return text;
}

function usernameOption(text: string): string {
  if (!/^[^\s#]\S*$/.test(text)) throw new InvalidArgumentError('A user name has no blanks and does not begin with #.');
  return text;
}

/** `odograph mqtt-password`: makes a password for a device, and the line that lets it log in. */
export function mqttPasswordCommand(io: Io): Command {
  return new Command('mqtt-password')
    .description('make a password for a device; writes the line for `mqtt.credentialsFile`, and the password beside it')
    .argument('<ident>', 'device, as it stands in its topics', identArgument)
    .option('--username <NAME>', 'user name it logs in with; its ident if not given', usernameOption)
    .action((ident: string, { username = ident }: { username?: string }) => {
      const password = randomBytes(PASSWORD_BYTES).toString('base64url');
      say(io, formatCredential({ username, ident, passwordHash: hashPassword(password) }));
      note(io, `password: ${password}`);
    });
}
