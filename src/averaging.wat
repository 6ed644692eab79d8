(module
  (memory (export "memory") 2)
  ;; $side rows of $bytes bytes at $rows → $cells RGB cells at $out, each the mean of $side × $side pixels, rounded as
  ;; ((sum + $half) × $reciprocal) / 2^16. $sums is scratch. Reads and writes up to 16 bytes beyond each of the three.
  (func (export "average") (param $rows i32) (param $bytes i32) (param $sums i32) (param $out i32) (param $cells i32)
        (param $side i32) (param $half i32) (param $reciprocal i32)
    (local $at i32) (local $to i32) (local $end i32) (local $left i32) (local $p i32)
    (local $low v128) (local $high v128) (local $row v128) (local $add v128) (local $times v128)
    ;; down: $side rows into one row of 16-bit sums
    (local.set $at (local.get $rows))
    (local.set $to (local.get $sums))
    (local.set $end (i32.add (local.get $rows) (local.get $bytes)))
    (loop $column
      (local.set $low (v128.const i16x8 0 0 0 0 0 0 0 0))
      (local.set $high (local.get $low))
      (local.set $p (local.get $at))
      (local.set $left (local.get $side))
      (loop $row
        (local.set $row (v128.load (local.get $p)))
        (local.set $low (i16x8.add (local.get $low) (i16x8.extend_low_i8x16_u (local.get $row))))
        (local.set $high (i16x8.add (local.get $high) (i16x8.extend_high_i8x16_u (local.get $row))))
        (local.set $p (i32.add (local.get $p) (local.get $bytes)))
        (br_if $row (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (v128.store (local.get $to) (local.get $low))
      (v128.store offset=16 (local.get $to) (local.get $high))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (br_if $column (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    ;; across: $side pixels into one cell of three channels (the first three lanes)
    (local.set $add (i16x8.splat (local.get $half)))
    (local.set $times (i16x8.splat (local.get $reciprocal)))
    (local.set $at (local.get $sums))
    (local.set $end (i32.add (local.get $out) (i32.mul (local.get $cells) (i32.const 3))))
    (loop $cell
      (local.set $low (local.get $add))
      (local.set $left (local.get $side))
      (loop $pixel
        (local.set $low (i16x8.add (local.get $low) (v128.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 6)))
        (br_if $pixel (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (local.set $low (i32x4.shr_u (i32x4.extmul_low_i16x8_u (local.get $low) (local.get $times)) (i32.const 16)))
      (local.set $low (i16x8.narrow_i32x4_u (local.get $low) (local.get $low)))
      (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $low) (local.get $low)))
      (br_if $cell (i32.lt_u (local.tee $out (i32.add (local.get $out) (i32.const 3))) (local.get $end))))))
