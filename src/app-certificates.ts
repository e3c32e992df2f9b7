import { GatewayError } from '#errors/gateway-error';
import type { ListenerServices } from './app-services.ts';
import { Certificates, type CertificateFiles } from './listen/certificates.ts';

/** Reads the certificate of a port and follows its files. Throws `config_invalid` where they are of no use. */
export function certificatesOf(
  name: string,
  files: CertificateFiles,
  { logger, metrics }: Pick<ListenerServices, 'logger' | 'metrics'>,
): Certificates {
  try {
    return new Certificates({
      ...files,
      onFault: (error) => {
        metrics.count('errors_total', { code: 'listener_tls' });
        logger.error(
          { code: 'listener_tls', err: error, listener: name },
          'the changed certificate is of no use; the one before stays',
        );
      },
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new GatewayError('config_invalid', `the certificate of ${name} is of no use: ${why}`, { cause: error });
  }
}
