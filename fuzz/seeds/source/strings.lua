return ("%5.2f|%-5d|%q|%s|%a"):format(1.5, 3, "a\0b\n", nil, 0.1), ("hello world"):gsub("(%w+) (%w+)", "%2 %1"), ("x=1, y=2"):find("%f[%w]%w+=(%d)"),
  string.pack(">i4s2z", 7, "ab", "c"), string.unpack("<I2", "\1\2"), utf8.char(228, 8364), #utf8.charpattern, ("abc"):byte(1, -1)
