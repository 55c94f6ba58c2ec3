"""nginx: in front of a bare axum, in front of a gateway, and by itself as a proxy."""
import os, shutil


def start(bench, ports):
    """One process that answers; the ports, and its id."""
    home = bench.folder / "nginx"
    (home / "www/page").mkdir(parents=True)
    # A file, because `return` would answer before anybody is asked.
    (home / "www/page/one").write_text("hello")
    bare, gate = bench.bare["port"], bench.hot["port"]
    (home / "nginx.conf").write_text(f"""
worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  {asks("bare", ports, bare, "empty", home)}{asks("gate", ports, gate, "verify", home)}
  upstream app {{ server 127.0.0.1:{bare}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{ports["proxy"]};
    location / {{
      proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
    }}
  }}
}}""")
    command = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    master = bench.spawn(command, "-e", "stderr", "-p", home, "-c", "nginx.conf", port=ports["proxy"])
    return {**ports, "pids": bench.children(master, 1)}


def asks(name, ports, port, path, home):
    """A site of files that asks this path at the port before it answers."""
    return f"""
  upstream {name} {{ server 127.0.0.1:{port}; keepalive 64; }}
  server {{
    listen 127.0.0.1:{ports[name]};
    location / {{ auth_request /_ask; root {home}/www; }}
    location = /_ask {{
      internal; proxy_pass http://{name}/{path}; proxy_pass_request_body off;
      proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Content-Length "";
      proxy_set_header X-Original-URL http://wiki.localhost$request_uri;
      proxy_set_header X-Original-Method $request_method;
    }}
  }}"""
