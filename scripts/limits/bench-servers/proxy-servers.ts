/** nginx and HAProxy before the reference API, which has no limit of its own here. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReferenceApi } from '../../reference-api/server.ts';
import type { ServerSetting, StartedServer } from './bench-server.ts';
import { freePort, needCommand, startListeningProgram } from './program.ts';

export interface NginxLimit {
  /** Directives of the http block: zones. */
  readonly zones: string;
  /** Directives of the location: what is limited by them. */
  readonly limits: string;
  /** Time that each success takes upstream. */
  readonly serviceTimeMs?: number;
}

export function startNginx({ zones, limits, serviceTimeMs = 0 }: NginxLimit, setting: ServerSetting) {
  needCommand('nginx', '-v', 'Debian: nginx-light');
  const configuration = (folder: string, port: number, upstreamPort: number): string => `
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 2048; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ')}
  ${zones}
  upstream api { server 127.0.0.1:${upstreamPort}; keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${port} backlog=1024;
    keepalive_requests 1000000;
    location / {
      ${limits}
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}`;
  return startProxy(setting, serviceTimeMs, configuration, (file, folder) => ({
    command: 'nginx',
    args: ['-e', 'stderr', '-p', folder, '-c', file],
  }));
}

/** `limit`: directives of the frontend: its stick table, what is tracked, and what is denied. */
export function startHaproxy(limit: readonly string[], setting: ServerSetting): Promise<StartedServer> {
  needCommand('haproxy', '-v', 'Debian: haproxy');
  const configuration = (_: string, port: number, upstreamPort: number): string => `
global
  maxconn 4000
  nbthread 1
defaults
  mode http
  timeout client 600s
  timeout server 60s
  timeout connect 5s
  timeout http-keep-alive 600s
frontend api
  bind 127.0.0.1:${port}
${limit.map((line) => `  ${line}`).join('\n')}
  default_backend upstream
backend upstream
  http-reuse always
  server one 127.0.0.1:${upstreamPort}
`;
  return startProxy(setting, 0, configuration, (file) => ({ command: 'haproxy', args: ['-db', '-q', '-f', file] }));
}

async function startProxy(
  { contract, apiKey }: ServerSetting,
  serviceTimeMs: number,
  configuration: (folder: string, port: number, upstreamPort: number) => string,
  command: (file: string, folder: string) => { command: string; args: string[] },
): Promise<StartedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-proxy-'));
  const upstream = await startReferenceApi({ contract, apiKey, serviceTimeMs });
  const clean = async (): Promise<void> => {
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const port = await freePort();
    const file = join(folder, 'proxy.conf');
    writeFileSync(file, configuration(folder, port, upstream.port));
    const proxy = await startListeningProgram(command(file, folder), port);
    return {
      baseUrl: proxy.baseUrl,
      async close() {
        await proxy.close();
        await clean();
      },
    };
  } catch (error) {
    await clean();
    throw error;
  }
}
