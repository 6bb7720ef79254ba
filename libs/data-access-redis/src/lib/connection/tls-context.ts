import { createSecureContext } from 'node:tls';
import type { ConnectionOptions, SecureContext } from 'node:tls';
import { Logger } from '@nestjs/common';
import type { RedisTls } from '../config/redis.config';
import { readTlsMaterial } from '../config/tls-material';

/**
 * How the driver speaks TLS. It reads these options whenever it dials, and what is a file is read then: a certificate
 * that was renewed is used by the next connection.
 */
export function tlsOptions(tls: RedisTls): ConnectionOptions {
  const context = new TlsContext(tls);
  return {
    rejectUnauthorized: tls.rejectUnauthorized,
    ...(tls.servername && { servername: tls.servername }),
    get secureContext() {
      return context.current();
    },
  };
}

class TlsContext {
  private readonly logger = new Logger('Redis:tls');
  private made: { from: string; context: SecureContext } | undefined;

  constructor(private readonly tls: RedisTls) {}

  /** Never throws: in the midst of a renewal files may be missing, or not belong together; those of before go on then. */
  current(): SecureContext {
    try {
      const material = readTlsMaterial(this.tls);
      const from = JSON.stringify(material);
      if (this.made?.from !== from) this.made = { from, context: createSecureContext(material) };
    } catch (error) {
      const { code = 'unreadable' } = error as NodeJS.ErrnoException;
      this.logger.warn(
        `the files of REDIS_TLS_CA, REDIS_TLS_CERT and REDIS_TLS_KEY cannot be used as they are now (${code}); ${this.made ? 'those read before go on' : 'connecting without'}`,
      );
    }
    return this.made?.context ?? createSecureContext();
  }
}
