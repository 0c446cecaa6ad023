import "elf"
import "console"
rule a {condition: console.log("T=",elf.telfhash()) and false}
rule b {condition: console.log("M=",elf.import_md5()) and false}