-- LuaRocks without the network: with LUAROCKS_CONFIG naming this file it takes what
-- Debian installed for a rock and asks no server.
rocks_servers = {}
rocks_provided = { ["lua-cjson"] = "2.1.0-1" }
