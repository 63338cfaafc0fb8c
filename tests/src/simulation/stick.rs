//! Sticks that lie around: courier files made by desks and county, taken in late, twice, cut off, or by whoever finds them.

use std::io::Cursor;

use ipc::courier::TakenAs;

use super::check;
use super::world::World;

impl World {
    /// A desk makes a courier file for the county and leaves it on the pile.
    pub(super) async fn stick_up(&mut self, at: usize) -> String {
        let desk = match self.seats[at].on(&self.road).await {
            Ok(desk) => desk,
            Err(problem) => return problem.code,
        };
        match desk::courier::make_file(&desk, desk::courier::COUNTY).await {
            Ok(file) => {
                self.sticks.push(file);
                String::new()
            }
            Err(problem) => problem.code,
        }
    }

    /// The county makes a courier file for a desk and leaves it on the pile.
    pub(super) fn stick_down(&mut self, at: usize) -> String {
        let Some(id) = check::desk_of(self, at).first().copied() else { return "nobody".to_owned() };
        let mut file = Vec::new();
        match county::courier::export(self.county(), id, &[], &mut file) {
            Ok(made) => {
                self.sticks.push(file);
                format!("{} items", made.items)
            }
            Err(county::Error::Courier(error)) => error.code().to_owned(),
            Err(county::Error::Refused(code)) => code.name().to_owned(),
            Err(other) => {
                self.broken.push(format!("the county could not make a courier file: {other}"));
                String::new()
            }
        }
    }

    /// Somebody finds a stick and takes it in: a desk, or behind the last desk the county. It stays on the pile.
    pub(super) async fn stick_in(&mut self, at: usize, which: u16, cut: bool) -> String {
        let Some(file) = self.sticks.get(usize::from(which) % self.sticks.len().max(1)) else {
            return "no stick".to_owned();
        };
        let mut file = file.clone();
        if cut {
            file.truncate(file.len() * (usize::from(which) % 97 + 1) / 100);
        }
        let at = at % (self.seats.len() + 1);
        if at == self.seats.len() {
            return self.stick_to_county(&file, cut);
        }
        let desk = match self.seats[at].on(&self.road).await {
            Ok(desk) => desk,
            Err(problem) => return problem.code,
        };
        let taken = desk::courier::take_file(&desk, file).await;
        self.seats[at].ring();
        self.numbers(at);
        match taken {
            Ok(taken) => {
                if cut && taken.kind == TakenAs::Taken {
                    self.broken.push(format!("desk {at} took in a courier file that was cut off"));
                }
                format!("{:?} {} new, {} known", taken.kind, taken.items_new, taken.items_known)
            }
            Err(problem) => problem.code,
        }
    }

    fn stick_to_county(&mut self, file: &[u8], cut: bool) -> String {
        match county::courier::import(self.county(), &mut Cursor::new(file)) {
            Ok(_) if cut => {
                self.broken.push("the county took in a courier file that was cut off".to_owned());
                String::new()
            }
            Ok(arrived) => {
                format!("{} new, {} known, {} refused", arrived.new, arrived.known, arrived.refused.len())
            }
            Err(county::Error::Courier(error)) => error.code().to_owned(),
            Err(county::Error::ClonedDesk) => "cloned_desk".to_owned(),
            Err(other) => {
                self.broken.push(format!("the county could not take in a courier file: {other}"));
                String::new()
            }
        }
    }
}
