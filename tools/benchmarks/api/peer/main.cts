// A plain NestJS application with @nestjs/cache-manager: what the API is compared with. Set up by its environment.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { PeerModule } from './peer.module.cts';

async function start(): Promise<void> {
  const app = await NestFactory.create<NestFastifyApplication>(PeerModule, new FastifyAdapter(), {
    logger: ['error', 'warn'],
  });
  await app.listen(Number(process.env['PORT']), '127.0.0.1');
}

void start();
