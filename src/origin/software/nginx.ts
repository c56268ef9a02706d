import { plainWord } from '../../base/name.ts';
import { CERTIFICATE, DH_PARAMETERS, KEY, type Site, type Software } from './software.ts';

/** nginx, one process. */
export const nginx: Software = {
  tool: 'nginx',
  debian: 'nginx-light',
  plan: (site) => ({
    files: { 'nginx.conf': configuration(site) },
    commands: [['nginx', '-e', 'stderr', '-p', site.folder, '-c', `${site.folder}/nginx.conf`]],
  }),
};

function configuration({ httpPorts, tlsPorts, tls, ...site }: Site): string {
  const folder = plainWord(site.folder, 'nginx.conf');
  const listen = (port: number, how = ''): string =>
    `listen ${port}${how}; listen [::]:${port}${how};`;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  );
  return `
daemon off;
master_process off;
user root;
pid ${folder}/nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  server {
    ${httpPorts.map((port) => listen(port)).join(' ')}
    ${tlsPorts.map((port) => listen(port, ' ssl')).join(' ')}
    ssl_certificate ${folder}/${CERTIFICATE};
    ssl_certificate_key ${folder}/${KEY};
    ssl_dhparam ${folder}/${DH_PARAMETERS};
    ssl_protocols ${tls.version === undefined ? USUAL_PROTOCOLS : PROTOCOLS[tls.version]};
    ${tls.cipher === undefined ? '' : `ssl_ciphers ${plainWord(tls.cipher, 'nginx.conf')}${ANY_STRENGTH};`}
    ${tls.resumption === false ? 'ssl_session_cache off; ssl_session_tickets off;' : ''}
    default_type text/html;
    location / { return 200 "<h1>$host</h1>\\n<p>Served by nginx on a lab host.</p>\\n"; }
  }
}
`;
}

/** As its default is since 1.23.4. */
const USUAL_PROTOCOLS = 'TLSv1.2 TLSv1.3';
const PROTOCOLS = { '1.0': 'TLSv1', '1.2': 'TLSv1.2', '1.3': 'TLSv1.3' } as const;
/** OpenSSL leaves out what it takes for weak, such as all of TLS 1.0, unless it is told. */
const ANY_STRENGTH = ':@SECLEVEL=0';
