/* room.c - keeps the library non-empty until its first source lands. */ typedef int ym_room_is_here;
