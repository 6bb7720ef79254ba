import { once } from 'node:events';
import { connect } from 'node:tls';
import type { Fault } from '../matrix';
import type { TlsServers } from '../servers/tls';
import { proven } from './fault';

const certificateExpired: Fault<TlsServers> = {
  name: 'certificate expired',
  summary: 'The certificate of the server has expired; connections that stood are broken.',
  effect: { commands: 'lost', data: 'kept' },
  async strike(servers) {
    await servers.present('expired');
    servers.proxy.reset();
    const said = await handshake(servers);
    return proven(`a handshake ended with ${said}`, said === 'CERT_HAS_EXPIRED');
  },
  end: (servers) => servers.present('good'),
};

async function handshake({ proxy, redis, name }: TlsServers): Promise<string> {
  const ca = redis.authority.certificate;
  const socket = connect({ host: '127.0.0.1', port: proxy.port, servername: name, ca });
  try {
    await once(socket, 'secureConnect');
    return 'success';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  } finally {
    socket.destroy();
  }
}

export const tlsFaults = [certificateExpired];
