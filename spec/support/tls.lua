-- Certificates and TLS servers for specs, by the openssl command: an authority, server
-- certificates good and bad, `openssl s_server -HTTP` that answers from files.
local calls = require "spec.support.calls"

local tls = {}

local function run(folder, command)
  local pipe = assert(io.popen("cd '" .. folder .. "' && exec 2>&1; " .. command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

--- Is there an openssl?
tls.available = os.execute "command -v openssl >/dev/null 2>&1"
tls.available = tls.available == true or tls.available == 0

--- Makes an authority in the folder: ca.pem, ca.key.
function tls.authority(folder)
  run(folder, "openssl req -x509 " .. KEY ..
    " -keyout ca.key -out ca.pem -days 30 -subj '/CN=Spec Authority'")
end

--- A certificate of that authority: name.pem, name.key. options: names (of
--- subjectAltName) and days.
function tls.certificate(folder, name, options)
  calls.write(folder .. "/" .. name .. ".ext", "subjectAltName=" ..
    (options.names or "DNS:localhost,IP:127.0.0.1") .. "\n")
  run(folder, ("openssl req %s -keyout %s.key -out %s.csr -subj /CN=%s"):format(KEY,
    name,
    name, name))
  run(folder,
    ("openssl x509 -req -in %s.csr -CA ca.pem -CAkey ca.key -CAcreateserial " ..
    "-out %s.pem -extfile %s.ext %s"):format(name, name, name,
      options.dates or "-days 30"))
end

--- A certificate that vouches for itself: name.pem, name.key.
function tls.self_signed(folder, name)
  run(folder, ("openssl req -x509 %s -keyout %s.key -out %s.pem -days 30 -subj " ..
    "/CN=localhost -addext subjectAltName=IP:127.0.0.1"):format(KEY, name, name))
end

--- Serves the files of the folder, each a whole answer, the name of the file being the
--- target without its first "/". Returns {url, stop}.
function tls.serve(folder, name, more)
  -- The shell ends it when the pipe to it is closed, by us or because we are gone.
  local log = os.tmpname()
  local pipe = assert(io.popen((
    "cd '%s' || exit; openssl s_server -accept 127.0.0.1:0 " ..
    "-cert %s.pem -key %s.key -HTTP %s >%s 2>&1 & server=$!; cat; kill $server"):format(
      folder, name,
    name, more or "", log), "w"))
  local port
  for _ = 1, 6000 do -- a minute
    port = calls.read(log):match "ACCEPT 127%.0%.0%.1:(%d+)"
    if port then break end
    calls.sleep(0.01)
  end
  assert(port, calls.read(log))
  os.remove(log)
  return {
    url = "https://127.0.0.1:" .. port,
    port = port,
    stop = function() pipe:close() end,
  }
end

return tls
