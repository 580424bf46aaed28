--- Writes small pictures and videos with dates in them, and folders to put them in.
local process = require "spec.support.process"

local pictures = {}

--- A number in `size` bytes, the most significant first.
function pictures.big(value, size)
  local out = {}
  for i = size, 1, -1 do
    out[i] = string.char(value % 256)
    value = math.floor(value / 256)
  end
  return table.concat(out)
end

local big = pictures.big

--- The same, the least significant first.
function pictures.little(value, size) return big(value, size):reverse() end

-- One entry of a TIFF folder: text goes behind the folders.
local function entries_of(order, list, data_at)
  local out, data = { order(#list, 2) }, ""
  for _, entry in ipairs(list) do
    local tag, value = entry[1], entry[2]
    if type(value) == "number" then
      out[#out + 1] = order(tag, 2) .. order(4, 2) .. order(1, 4) .. order(value, 4)
    else
      value = value .. "\0"
      out[#out + 1] = order(tag, 2) .. order(2, 2) .. order(#value, 4)
        .. (#value <= 4 and (value .. "\0\0\0"):sub(1, 4)
          or order(data_at + #data, 4))
      if #value > 4 then data = data .. value end
    end
  end
  return table.concat(out) .. order(0, 4), data
end

--- A TIFF block: `tags` of the first folder and `exif` of the EXIF folder, lists of
--- { tag, text }; `little` is the byte order.
function pictures.tiff(tags, exif, little)
  local order = little and pictures.little or big
  local list = {}
  for i, entry in ipairs(tags) do list[i] = entry end
  local size = 2 + 12 * (#list + 1) + 4
  local exif_at = 8 + size
  local data_at = exif_at + 2 + 12 * #exif + 4
  local inner, inner_data = entries_of(order, exif, data_at)
  list[#list + 1] = { 0x8769, exif_at }
  local outer, outer_data = entries_of(order, list, data_at + #inner_data)
  return (little and "II*\0" or "MM\0*") .. order(8, 4) .. outer .. inner .. inner_data
    .. outer_data
end

--- As much of a JPEG as says it is one, whole; `tiff` is its EXIF block.
function pictures.jpeg(body, tiff)
  local segment = tiff and "\255\225" .. big(#tiff + 8, 2) .. "Exif\0\0" .. tiff or ""
  local jfif = "\255\224" .. big(16, 2) .. "JFIF\0\1\1\0\0\72\0\72\0\0"
  local frame = "\255\192" .. big(11, 2) .. "\8\0\1\0\1\1\1\17\0"
  return "\255\216" .. jfif .. segment .. frame .. "\255\218" .. (body or "")
    .. "\255\217"
end

--- As much of a PNG; `tiff` is its chunk eXIf, behind the pixels.
function pictures.png(body, tiff)
  local function chunk(kind, data) return big(#data, 4) .. kind .. data .. "CRC!" end
  return "\137PNG\r\n\26\n" .. chunk("IHDR", ("\0"):rep(13))
    .. chunk("IDAT", body or "") .. (tiff and chunk("eXIf", tiff) or "")
    .. chunk("IEND", "")
end

--- As much of an MP4; `date` is its creation time (epoch), `wide` in 64 bits, `brand`
--- another kind of file. What a box holds comes before its date, as some cameras do it.
function pictures.mp4(body, date, wide, brand)
  local function box(kind, data) return big(#data + 8, 4) .. kind .. data end
  local created = date and date + 2082844800 or 0
  local mvhd = (wide and "\1" or "\0") .. "\0\0\0" .. big(created, wide and 8 or 4)
    .. ("\0"):rep(96)
  return box("ftyp", (brand or "isom") .. "\0\0\2\0isommp41") .. box("mdat", body or "")
    .. box("moov", box("udta", "") .. box("mvhd", mvhd))
end

-- --- disk ----------------------------------------------------------------------------

local quote = process.quote

local function output(command) return (process.output(command)) end

--- A new folder; remove it with pictures.remove.
function pictures.folder()
  return (output("mktemp -d"):gsub("\n", ""))
end

function pictures.remove(folder) output("rm -rf " .. quote(folder)) end

--- Writes a file, making the folders it lies in; `date` (epoch) becomes its time.
function pictures.write(path, bytes, date)
  if not io.open(path:match("^(.*)/")) then
    output("mkdir -p " .. quote(path:match("^(.*)/")))
  end
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  if date then output(("touch -d @%d %s"):format(date, quote(path))) end
end

--- Writes files: name -> bytes.
function pictures.fill(folder, files)
  for name, bytes in pairs(files) do pictures.write(folder .. "/" .. name, bytes) end
end

pictures.output, pictures.quote = output, quote

return pictures
