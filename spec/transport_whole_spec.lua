-- Media files of the C module: answers that would pass for a whole file and are none,
-- and names where no file may be put.
local calls = require "spec.support.calls"
local media_files = require "spec.support.media_files"
local wire = require "spec.support.wire"

local BYTES = media_files.BYTES
local picture = media_files.picture
local part = media_files.part
local cut_after = media_files.cut_after
local fails = media_files.fails

describe("a file under its name", function()
  local ground, app
  local server, folder, path

  setup(function()
    ground = media_files.serve()
    server = ground.server
    folder = ground.folder
    path = ground.folder .. "/picture.jpg"
  end)
  teardown(function() media_files.stop(ground) end)
  before_each(function() app = media_files.begin(ground) end)
  after_each(function() media_files.finish(ground, app) end)

  local function names()
    local list = {}
    local pipe = assert(io.popen("ls '" .. folder .. "'"))
    for name in pipe:lines() do list[#list + 1] = name end
    pipe:close()
    return table.concat(list, " ")
  end

  local function download(opts)
    return calls.finish(app:download(server.url .. "/x.jpg?oh=1&oe=2", path, opts))
  end

  it("knows how long the file is when the rest does not say", function()
    local function some(from, to, total)
      return wire.once(part(from, { body = BYTES:sub(from + 1, to + 1), headers = {
        { "Content-Range", ("bytes %d-%d/%s"):format(from, to, total) } } }))
    end
    server:play({ cut_after(3000, { headers = { { "ETag", '"v1"' } } }),
      some(3000, 4999, "*") }, some(5000, 7999, "*"))
    assert.equal(8000, assert(download { retries = 1 }).bytes)
    assert.equal(BYTES, calls.read(path))
    -- nobody said how long it is: the rest is as long as it says itself
    for _, to in ipairs { 7999, 8500 } do
      calls.write(path .. ".part", BYTES:sub(1, 3000))
      calls.write(path .. ".part.tag", '"v1"\n-1\n')
      server:play({}, some(3000, to, "*"))
      if to == 7999 then
        assert.equal(8000, assert(download()).bytes)
        assert.equal(BYTES, calls.read(path))
      else
        local err = fails("transport", download { retries = 0 })
        assert.equal("the file ended after 8000 of 8501 bytes", err.message)
      end
    end
  end)

  it("says how many bytes were too many, and keeps none of them", function()
    calls.write(path .. ".part", BYTES:sub(1, 3000))
    calls.write(path .. ".part.tag", '"v1"\n5000\n')
    server:serve(wire.once(part(3000, { headers = {
      { "Content-Range", "bytes 3000-4999/5000" } } })))
    local err = fails("transport", download())
    assert.equal("8000 bytes of the file came, more than its 5000", err.message)
    assert.equal("", names())
  end)

  it("is no page, however long the name of its type is", function()
    for _, size in ipairs { 100, 101, 102, 103, 104, 1000, 5000 } do
      server:serve(wire.always { body = "<html>log in, please</html>",
        type = "text/html; charset=utf-8; x=" .. ("y"):rep(size) })
      fails("parse", download())
      assert.equal("", names())
    end
  end)

  it("is not one that came in a coding nobody asked for", function()
    local words = "the media host sent the file in a content coding nobody asked for"
    local coded = { body = calls.gzip(BYTES), headers = {
      { "ETag", '"v1"' }, { "Content-Encoding", "gzip" } } }
    server:serve(wire.always(picture(coded)))
    assert.equal(words, fails("parse", download()).message)
    assert.equal("", names())
    local fetched = app:fetch(server.url .. "/x.jpg")
    assert.equal(words, fails("parse", calls.finish(fetched)).message)
    calls.write(path .. ".part", BYTES:sub(1, 3000))
    calls.write(path .. ".part.tag", '"v1"\n8000\n')
    server:serve(wire.once(part(3000, { headers = { { "Content-Encoding", "br" },
      { "Content-Range", "bytes 3000-7999/8000" }, { "ETag", '"v1"' } } })))
    assert.equal(words, fails("parse", download()).message)
    assert.equal(3000, #calls.read(path .. ".part"))
    coded.body, coded.headers[2][2] = BYTES, "Identity"
    server:serve(wire.always(picture(coded)))
    assert.equal(8000, assert(download()).bytes)
  end)

  it("leaves alone what is no file, and says so before it asks for anything", function()
    server:serve(wire.always(picture()))
    local function refused(target)
      local err = fails("io", calls.finish(app:download(server.url .. "/x", target)))
      assert.equal("cannot write " .. target .. ": it is there, and no regular file",
        err.message)
      assert.equal(0, #server:requests())
    end
    os.execute("mkdir '" .. path .. "' && mkfifo '" .. folder .. "/pipe'")
    os.execute("ln -s picture.jpg '" .. folder .. "/link'")
    refused(path)
    refused(folder .. "/pipe")
    refused(folder .. "/link")
    assert.equal("link picture.jpg pipe", names())
  end)

  it("takes the place of a link to a file", function()
    calls.write(folder .. "/other", "other")
    os.execute("ln -s other '" .. path .. "'")
    server:serve(wire.once(picture()))
    assert(download())
    assert.equal(BYTES, calls.read(path))
    assert.equal("other", calls.read(folder .. "/other"))
  end)
end)
