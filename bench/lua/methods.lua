-- Classes: method calls through one and two __index tables, setters, operators by metamethod, varargs.
local Shape = {}
Shape.__index = Shape
function Shape.new(class, ...) return setmetatable({ size = select("#", ...), ... }, class) end
function Shape:area() return 0 end
function Shape:grow(by) self[1] = (self[1] + by) & 0xff return self end
function Shape:describe() return self:area() + self.size end

local Rectangle = setmetatable({}, { __index = Shape })
Rectangle.__index = Rectangle
function Rectangle:area() return self[1] * self[2] end

local Vector = {}
Vector.__index = Vector
local function vector(x, y) return setmetatable({ x = x, y = y }, Vector) end
function Vector.__add(a, b) return vector(a.x + b.x, a.y + b.y) end
function Vector.__eq(a, b) return a.x == b.x and a.y == b.y end
function Vector.__call(v, k) return v.x * k end
function Vector:dot(other) return self.x * other.x + self.y * other.y end

local sum = 0
local shapes = { Shape.new(Shape, 1), Shape.new(Rectangle, 2, 3), Shape.new(Rectangle, 5, 7) }
local unit = vector(1, 2)
for i = 1, math.ceil(380000 * scale) do
  local shape = shapes[i % 3 + 1]
  sum = sum + shape:grow(i):describe()
  local v = vector(i & 15, 3) + unit
  sum = sum + v:dot(unit) + v(2)
  if v == unit then sum = sum + 1 end
  sum = sum & 0xffffff
end
return tostring(sum)
