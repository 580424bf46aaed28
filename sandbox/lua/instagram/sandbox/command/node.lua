--- A module for Node's --require. Node's https and fetch read no proxy variables (from
--- 22.21 and 24 on they do when asked to), so connections to Instagram's hosts are led
--- to the sandbox where they are made; TLS, with its host names, stays as it is.

local node = {}

local MODULE = [[
// Leads connections to Instagram's hosts to the sandbox. Others are left alone.
"use strict";
const net = require("net");
const sandbox = { host: "@HOST", port: @PORT };
const hosts = /^((api|graph|www)\.instagram\.com|[a-z\d-]+\.cdninstagram\.com)$/i;
const connect = net.Socket.prototype.connect;

const led = (options) =>
  options && hosts.test(options.host) ? { ...options, ...sandbox } : options;

net.Socket.prototype.connect = function (first, ...rest) {
  if (Array.isArray(first)) {
    first[0] = led(first[0]);
  } else if (first && typeof first === "object") {
    first = led(first);
  } else if (hosts.test(rest[0])) {
    first = sandbox.port;
    rest[0] = sandbox.host;
  }
  return connect.call(this, first, ...rest);
};
]]

--- The module's text.
---@param url string  the sandbox's address
function node.module(url)
  local host, port = url:match("^http://%[?([^%]/]-)%]?:(%d+)$")
  return (MODULE:gsub("@(%u+)", { HOST = host, PORT = port }))
end

return node
