rule r {
  strings:
    $a = /ab+(c|de*){2,3}[^x-z\d]\x41$/is wide ascii
    $b = /^\bfoo.{0,9}?bar\B|x??/ fullword private
    $c = "secret" base64 base64wide("!@#$%^&*(){}[].,|ABCDEFGHIJKLMNOPQRSTUVWXYZ\x09abcdefghijklmnopqrstu")
  condition: any of them
}
