--- The environment in which a program's https calls of Instagram's hosts go to the
--- sandbox, whatever it is written in: names, values, and the files they point at.

local node = require "instagram.sandbox.command.node"
local options = require "instagram.sandbox.command.options"

local environment = {}

--- { name, what }, as --help says them.
environment.variables = {
  { "INSTAGRAM_SANDBOX_URL", "the sandbox's address, for clients with a base URL" },
  { "INSTAGRAM_SANDBOX_CA", "a file with the certificate to trust, for clients that "
    .. "take none of the names below (a C program with libcurl: CURLOPT_CAINFO; wget: "
    .. "--ca-certificate)" },
  { "https_proxy, http_proxy (also in capitals)", "the sandbox: it connects to api, "
    .. "graph, www.instagram.com and *.cdninstagram.com and refuses any other host" },
  { "no_proxy", "localhost, 127.0.0.1, ::1: CMD's own servers are reached directly" },
  { "SSL_CERT_FILE, CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS",
    "the certificate, for OpenSSL and Go, curl, Python's requests, Node" },
  { "PHP_INI_SCAN_DIR", "one folder more, with curl.cainfo and openssl.cafile" },
  { "NODE_OPTIONS", "--require of a file that leads Node's connections to those hosts "
    .. "to the sandbox, because Node itself reads no proxy variables" },
  { "INSTAGRAM_SANDBOX_USERNAME, INSTAGRAM_SANDBOX_REDIRECT_URI",
    "an account to log in as; the redirect address of the apps" },
  { "INSTAGRAM_SANDBOX_BASIC_DISPLAY_CLIENT_ID, ..._CLIENT_SECRET, ..._TOKEN",
    "an app of the Basic Display API, and a long-lived token" },
  { "INSTAGRAM_SANDBOX_INSTAGRAM_LOGIN_CLIENT_ID, ..._CLIENT_SECRET, ..._TOKEN",
    "the same of the API with Instagram Login" },
}

local function write(path, text)
  local file, problem = io.open(path, "wb")
  if not file then return nil, problem end
  local ok, why = file:write(text)
  local closed, reason = file:close()
  if ok and closed then return path end
  return nil, why or reason
end

local function quoted(text) -- a value of an ini file
  return '"' .. text:gsub('["\\]', "\\%0") .. '"'
end

--- Writes the files that the variables point at. A removed folder takes them along.
---@param folder string  a private one
---@return table|nil files  ca, php (an ini file), node (a module)
---@return string|nil message
function environment.write_files(sandbox, folder)
  local files = { ca = folder .. "/ca.pem", php = folder .. "/instagram-sandbox.ini",
    node = folder .. "/node.cjs" }
  local ok, problem = write(files.ca, sandbox.ca)
  if ok then
    ok, problem = write(files.php, ("curl.cainfo = %s\nopenssl.cafile = %s\n"):format(
      quoted(files.ca), quoted(files.ca)))
  end
  if ok then ok, problem = write(files.node, node.module(sandbox.url)) end
  if ok then return files end
  return nil, problem
end

-- The first account that the generator makes a token for, and the token.
local function token_of_any(sandbox, flavour, wanted)
  local problem
  for _, user in ipairs(sandbox:control("users").users) do
    if not wanted or user.username == wanted then
      local answer
      answer, problem = sandbox:control("generate_token",
        { username = user.username, flavour = flavour })
      if answer then return answer.access_token, user.username end
    end
  end
  return nil, wanted and (problem or "there is no such account")
end

-- Id, secret and token of an app; who the token is of.
local function add_app(changes, sandbox, flavour, wanted)
  local app = sandbox:credentials(flavour)
  local token, user = token_of_any(sandbox, flavour, wanted)
  local stem = "INSTAGRAM_SANDBOX_" .. flavour:upper()
  changes[stem .. "_CLIENT_ID"] = app.client_id
  changes[stem .. "_CLIENT_SECRET"] = app.client_secret
  changes[stem .. "_TOKEN"] = token or false
  changes.INSTAGRAM_SANDBOX_REDIRECT_URI = app.redirect_uri
  if token then changes.INSTAGRAM_SANDBOX_USERNAME = user end
  return token, user
end

local function add_apps(changes, sandbox, wanted)
  local basic, why = add_app(changes, sandbox, "basic_display", wanted)
  local login = add_app(changes, sandbox, "instagram_login", wanted)
  if wanted and not basic and not login then
    return nil, "--user " .. wanted .. ": " .. why
  end
  return true
end

local function add_proxy(changes, address)
  for name, value in pairs({ http_proxy = address, https_proxy = address,
    no_proxy = "localhost,127.0.0.1,::1" }) do
    changes[name], changes[name:upper()] = value, value
  end
end

local function add_certificate(changes, files, getenv)
  for _, name in ipairs({ "INSTAGRAM_SANDBOX_CA", "SSL_CERT_FILE", "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS" }) do
    changes[name] = files.ca
  end
  -- An empty entry is PHP's own folder.
  changes.PHP_INI_SCAN_DIR = (getenv "PHP_INI_SCAN_DIR" or "") .. ":"
    .. files.php:match("^(.*)/")
  local before = getenv "NODE_OPTIONS"
  changes.NODE_OPTIONS = (before and before ~= "" and before .. " " or "")
    .. "--require=" .. quoted(files.node)
end

--- What is set (text) and taken away (false) for a program.
---@param files table  of write_files
---@param wanted string|nil  whose tokens
---@return table|nil changes
---@return string|nil message
function environment.changes(sandbox, files, wanted, getenv)
  local changes = { INSTAGRAM_SANDBOX_URL = sandbox.url }
  -- The options were for this sandbox, not for one that the program starts.
  for name in pairs(options.known) do changes[options.variable(name)] = false end
  add_proxy(changes, sandbox.url)
  add_certificate(changes, files, getenv)
  local ok, problem = add_apps(changes, sandbox, wanted)
  if ok then return changes end
  return nil, problem
end

return environment
